#pragma once

// The body of each isa_*.cpp, included once inside its namespace.
#include "trireme/kernels/cpu/lanes.h"
#include "trireme/kernels/cpu/loops/adamw.h"
#include "trireme/kernels/cpu/loops/attention.h"
#include "trireme/kernels/cpu/loops/pointwise.h"
#include "trireme/kernels/cpu/loops/rms_norm.h"
#include "trireme/kernels/cpu/loops/softmax.h"

constexpr ProductKernels kNoProduct = {nullptr, nullptr};

template <class T>
constexpr ElementKernels<T> element_kernels(ProductKernels product, ProductKernels block_product) {
  return {.rms_norm = rms_norm<T>,
          .rms_norm_apply = rms_norm_apply<T>,
          .rms_norm_backward = rms_norm_backward<T>,
          .rotate = rotate<T>,
          .swiglu = swiglu<T>,
          .swiglu_backward = swiglu_backward<T>,
          .softmax_exponentials = softmax_exponentials<T>,
          .softmax_scaled = softmax_scaled<T>,
          .attention_probabilities = attention_probabilities<T>,
          .attention_score_gradients = attention_score_gradients<T>,
          .dot = dot<T>,
          .add_to_float = add_to_float<T>,
          .from_float = from_float<T>,
          .product = product,
          .block_product = block_product};
}

constexpr KernelTable kernel_table(ProductKernels fp32, ProductKernels fp32_blocks, ProductKernels bf16) {
  return {.fp32 = element_kernels<float>(fp32, fp32_blocks),
          .bf16 = element_kernels<Bf16>(bf16, bf16),
          .adamw = adamw,
          .sum_of_squares = sum_of_squares};
}
