#include "trireme/kernels/cpu/multiply.h"

#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"
#include "trireme/kernels/reference/matmul_operand.h"

namespace trireme::kernels::cpu {

float* Scratch::reserve(int64_t floats) {
  constexpr int64_t kAlign = 16;  // floats in 64 bytes
  if (size_ < floats) {
    memory_.reset();
    memory_.reset(new float[static_cast<size_t>(floats + kAlign)]);
    size_ = floats;
  }
  const auto address = reinterpret_cast<uintptr_t>(memory_.get());
  return memory_.get() + (64 - address % 64) % 64 / sizeof(float);
}

void multiply_here(const ProductKernels& product, Gemm call) {
  thread_local Scratch scratch;
  call.workspace = scratch.reserve(gemm_workspace(call.m, call.n, call.k, call.c_is_bf16));
  product.gemm(call);
}

namespace {

Gemm::Operand operand(const Tensor& x, int64_t outer, int64_t k) {
  if (x.stride(k) == 1 || x.size(k) == 1) return {x.data_ptr(), x.stride(outer), 1};
  return {x.data_ptr(), 1, x.stride(k)};
}

/// With its rows or columns spread over the threads.
template <class T>
void multiply_spread(const Gemm& call) {
  const int64_t c_element = call.c_is_bf16 ? 2 : 4;
  const bool by_rows = call.m >= call.n || call.packed_b != nullptr;
  constexpr int64_t kTile = 56;  // at least; splitting never changes the order of a sum
  const int64_t extent = by_rows ? call.m : call.n, tiles = (extent + kTile - 1) / kTile;
  at::parallel_for(0, tiles, 1, [&](int64_t begin, int64_t end) {
    Gemm part = call;
    const int64_t first = begin * kTile, count = std::min(extent, end * kTile) - first;
    Gemm::Operand& split = by_rows ? part.a : part.b;
    (by_rows ? part.m : part.n) = count;
    split.data =
        static_cast<const std::byte*>(split.data) + first * split.outer_stride * static_cast<int64_t>(sizeof(T));
    const int64_t c_offset = first * (by_rows ? call.ldc : 1) * c_element;
    part.c = static_cast<std::byte*>(call.c) + c_offset;
    if (call.addend != nullptr) part.addend = static_cast<const std::byte*>(call.addend) + c_offset;
    multiply_here(kernels_for<T>().product, part);
  });
}

void through_aten(Tensor c, const Tensor& a, const Tensor& b, const std::optional<Tensor>& addend) {
  const Tensor left = matmul_operand(a), right = matmul_operand(b);
  if (left.scalar_type() != c.scalar_type()) {
    const Tensor product = at::mm(left, right);
    addend ? void(at::add_out(c, *addend, product)) : void(c.copy_(product));
  } else {
    addend ? void(at::addmm_out(c, *addend, left, right)) : void(at::mm_out(c, left, right));
  }
}

bool worth_packing(const Tensor& operand, int64_t rows) {
  constexpr int64_t kRowsWorthPacking = 32;
  const bool has_kernel =
      operand.scalar_type() == at::kFloat ? table().fp32.product.gemm != nullptr : table().bf16.product.gemm != nullptr;
  return has_kernel && rows >= kRowsWorthPacking;
}

}  // namespace

bool multiplies(const Tensor& operand, int64_t rows) {
  // In fp32, by a tenth, than vectors are.
  static const bool mkl_is_faster = is_intel() && chosen_isa() != Isa::kAmx;
  return worth_packing(operand, rows) && !(mkl_is_faster && operand.scalar_type() == at::kFloat);
}

bool cheap_again(const Tensor& operand) { return operand.scalar_type() == at::kBFloat16 && chosen_isa() == Isa::kAmx; }

RightOperand packed(const Tensor& b, int64_t rows) {
  if (b.numel() == 0 || !worth_packing(b, rows)) return {b, {}};
  const Tensor memory = at::empty({gemm_packed_b(b.size(1), b.size(0))}, b.options().dtype(at::kFloat));
  const Gemm call{.n = b.size(1), .k = b.size(0), .b = operand(b, 1, 0)};
  with_element(b, [&]<class T>(T) { kernels_for<T>().product.pack_b(call, data<float>(memory)); });
  return {b, memory};
}

void multiply_(const Tensor& c, const Tensor& a, const RightOperand& right, const std::optional<Tensor>& addend) {
  const Tensor& b = right.values;
  if (!right.packed.defined() && !multiplies(a, a.size(0))) return through_aten(c, a, b, addend);
  if (c.numel() == 0) return;
  const Gemm call{.m = a.size(0),
                  .n = b.size(1),
                  .k = a.size(1),
                  .a = operand(a, 0, 1),
                  .b = operand(b, 1, 0),
                  .c = c.data_ptr(),
                  .addend = addend ? addend->data_ptr() : nullptr,
                  .ldc = c.stride(0),
                  .c_is_bf16 = c.scalar_type() == at::kBFloat16,
                  .packed_b = right.packed.defined() ? data<float>(right.packed) : nullptr};
  with_element(a, [&]<class T>(T) { multiply_spread<T>(call); });
}

}  // namespace trireme::kernels::cpu
