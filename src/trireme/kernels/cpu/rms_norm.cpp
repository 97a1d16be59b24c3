#include "trireme/kernels/cpu/cpu.h"
#include "trireme/kernels/cpu/elements.h"

namespace trireme::kernels::cpu {

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  const int64_t width = x.size(-1), rows = width == 0 ? 0 : x.numel() / width;
  std::vector<int64_t> by_row = x.sizes().vec();
  by_row.back() = 1;
  const RmsNormResult result{at::empty_like(x), at::empty(by_row, x.options().dtype(at::kFloat))};
  with_element(x, [&]<class T>(T) {
    at::parallel_for(0, rows, rows_a_thread(width), [&](int64_t begin, int64_t end) {
      kernels_for<T>().rms_norm(data<T>(x) + begin * width, data<T>(weight), eps, data<float>(result.rstd) + begin,
                                data<T>(result.y) + begin * width, end - begin, width);
    });
  });
  return result;
}

Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  const int64_t width = x.size(-1);
  const Tensor y = at::empty_like(x);
  with_element(x, [&]<class T>(T) {
    at::parallel_for(0, rstd.numel(), rows_a_thread(width), [&](int64_t begin, int64_t end) {
      kernels_for<T>().rms_norm_apply(data<T>(x) + begin * width, data<float>(rstd) + begin, data<T>(weight),
                                      data<T>(y) + begin * width, end - begin, width);
    });
  });
  return y;
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad) {
  constexpr int64_t kPiece = 128;  // rows whose weight gradients are summed together, whatever the threads
  const int64_t width = x.size(-1), rows = rstd.numel(), pieces = (rows + kPiece - 1) / kPiece;
  const Tensor dx = at::empty_like(x);
  const Tensor partial = at::empty({pieces, width}, rstd.options());
  with_element(x, [&]<class T>(T) {
    const T* around = dresidual.defined() ? data<T>(dresidual) : nullptr;
    at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
      for (int64_t piece = begin; piece < end; ++piece) {
        const int64_t first = piece * kPiece, at = first * width;
        kernels_for<T>().rms_norm_backward({.dy = data<T>(dy) + at,
                                            .x = data<T>(x) + at,
                                            .rstd = data<float>(rstd) + first,
                                            .weight = data<T>(weight),
                                            .dresidual = around != nullptr ? around + at : nullptr,
                                            .dx = data<T>(dx) + at,
                                            .weight_grad = data<float>(partial) + piece * width,
                                            .rows = std::min(kPiece, rows - first),
                                            .width = width});
      }
    });
  });
  if (weight_grad.defined()) Tensor(weight_grad).add_(partial.sum(0));
  return dx;
}

}  // namespace trireme::kernels::cpu
