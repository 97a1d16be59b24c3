#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"

namespace trireme::kernels::cpu {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements that are worth a thread

}  // namespace

bool takes(std::initializer_list<Tensor> tensors) {
  const Tensor& first = *tensors.begin();
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) continue;
    const bool known = tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16;
    if (!known || !tensor.is_cpu() || !tensor.is_contiguous() || tensor.scalar_type() != first.scalar_type())
      return false;
  }
  return true;
}

void rotate_(const Tensor& x, const RotaryTable& rows, bool back) {
  const int64_t heads = x.size(2), half = x.size(3) / 2, tokens = x.size(0) * x.size(1);
  with_element(x, [&]<class T>(T) {
    at::parallel_for(0, tokens, rows_a_thread(heads * half), [&](int64_t begin, int64_t end) {
      kernels_for<T>().rotate(data<T>(x) + begin * heads * 2 * half, data<float>(rows.cos) + begin * half,
                              data<float>(rows.sin) + begin * half, back ? -1.0f : 1.0f, end - begin, heads, half);
    });
  });
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  const Tensor y = at::empty_like(gate);
  with_element(gate, [&]<class T>(T) {
    at::parallel_for(0, gate.numel(), kGrain, [&](int64_t begin, int64_t end) {
      kernels_for<T>().swiglu(data<T>(gate) + begin, data<T>(up) + begin, data<T>(y) + begin, end - begin);
    });
  });
  return y;
}

SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  const SwigluGradients d{at::empty_like(gate), at::empty_like(up)};
  with_element(gate, [&]<class T>(T) {
    at::parallel_for(0, gate.numel(), kGrain, [&](int64_t begin, int64_t end) {
      kernels_for<T>().swiglu_backward(data<T>(dy) + begin, data<T>(gate) + begin, data<T>(up) + begin,
                                       data<T>(d.gate) + begin, data<T>(d.up) + begin, end - begin);
    });
  });
  return d;
}

void add_rows_to_float_(const Tensor& sum, const Tensor& index, const Tensor& rows) {
  const int64_t width = rows.size(1);
  const auto* places = data<int64_t>(index);
  with_element(rows, [&]<class T>(T) {
    for (int64_t i = 0; i < rows.size(0); ++i)
      kernels_for<T>().add_to_float(data<float>(sum) + places[i] * width, data<T>(rows) + i * width, width);
  });
}

}  // namespace trireme::kernels::cpu
