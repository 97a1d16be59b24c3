#include <ATen/ATen.h>

#include "trireme/kernels/cuda/cuda.h"
#include "trireme/kernels/cuda/elements.h"
#include "trireme/kernels/linear.h"

namespace trireme::kernels::cuda {

namespace {

constexpr int64_t kNormBlocks = 512;  // that share the rows of a norm's backward: a few on each multiprocessor
constexpr int64_t kSumBlocks = 1024;

RmsNormResult norm(const Tensor& x, const Tensor& weight, const Tensor& rstd, double eps, bool keep) {
  const Tensor y = at::empty_like(x);
  const int64_t width = x.size(-1);
  if (x.numel() == 0) return {y, rstd};
  with_element(x, [&]<class T>(T) {
    Kernels<T>::rms_norm(data<T>(x), data<T>(weight), data<float>(rstd), data<T>(y), x.numel() / width, width,
                         static_cast<float>(eps), keep, is_aligned<T>({x, weight, y}, width), stream_of(x));
  });
  return {y, rstd};
}

}  // namespace

bool takes(std::initializer_list<Tensor> tensors) {
  const Tensor& first = *tensors.begin();
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) continue;
    const bool known = tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16;
    if (!known || !tensor.is_cuda() || !tensor.is_contiguous() || tensor.scalar_type() != first.scalar_type())
      return false;
  }
  return true;
}

RmsNormResult rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = 1;
  return norm(x, weight, at::empty(shape, x.options().dtype(at::kFloat)), eps, /*keep=*/false);
}

Tensor rms_norm_apply(const Tensor& x, const Tensor& rstd, const Tensor& weight) {
  return norm(x, weight, rstd, /*eps=*/0.0, /*keep=*/true).y;
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& rstd, const Tensor& weight,
                         const Tensor& dresidual, const Tensor& weight_grad) {
  const Tensor dx = at::empty_like(x);
  const int64_t width = x.size(-1), rows = x.numel() / width;
  if (rows == 0) return dx;
  const int64_t blocks = std::min(rows, kNormBlocks);
  const Tensor partial = at::empty({blocks, width}, x.options().dtype(at::kFloat));
  with_element(x, [&]<class T>(T) {
    const T* const around = dresidual.defined() ? data<T>(dresidual) : nullptr;
    const bool aligned = is_aligned<T>({dy, x, weight, dresidual, dx}, width);
    Kernels<T>::rms_norm_backward(data<T>(dy), data<T>(x), data<float>(rstd), data<T>(weight), around, data<T>(dx),
                                  data<float>(partial), rows, width, static_cast<int>(blocks), aligned, stream_of(x));
  });
  if (weight_grad.defined()) Tensor(weight_grad).add_(partial.sum(0));
  return dx;
}

void rotate_(const Tensor& x, const RotaryTable& rows, bool back) {
  const int64_t tokens = x.size(0) * x.size(1), heads = x.size(2), half = x.size(3) / 2;
  if (x.numel() == 0) return;
  with_element(x, [&]<class T>(T) {
    Kernels<T>::rotate(data<T>(x), data<float>(rows.cos), data<float>(rows.sin), back ? -1.0f : 1.0f, tokens, heads,
                       half, stream_of(x));
  });
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  const Tensor y = at::empty_like(gate);
  with_element(gate, [&]<class T>(T) {
    Kernels<T>::swiglu(data<T>(gate), data<T>(up), data<T>(y), gate.numel(), is_aligned<T>({gate, up, y}, gate.numel()),
                       stream_of(gate));
  });
  return y;
}

SwigluGradients swiglu_backward(const Tensor& dy, const Tensor& gate, const Tensor& up) {
  const SwigluGradients d{at::empty_like(gate), at::empty_like(up)};
  with_element(gate, [&]<class T>(T) {
    Kernels<T>::swiglu_backward(data<T>(dy), data<T>(gate), data<T>(up), data<T>(d.gate), data<T>(d.up), gate.numel(),
                                is_aligned<T>({dy, gate, up, d.gate, d.up}, gate.numel()), stream_of(gate));
  });
  return d;
}

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const LossSums& sums,
                            const LossGradients* gradients, int64_t chunk_rows) {
  const Tensor rows = as_rows(hidden), ids = targets.reshape({-1}).contiguous();
  const int64_t num_rows = rows.size(0), vocab_size = weight.size(0);
  const Tensor losses = at::empty({num_rows}, rows.options().dtype(at::kFloat));
  const Tensor dhidden = gradients ? at::empty_like(rows) : Tensor();
  const Tensor scale = gradients ? gradients->scale.to(at::kFloat) : Tensor();
  for (int64_t first = 0; first < num_rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, num_rows - first);
    const Tensor chunk = rows.narrow(0, first, n), loss = losses.narrow(0, first, n);
    const Tensor logits = kernels::linear(chunk, weight);  // becomes its own gradient
    with_element(rows, [&]<class T>(T) {
      Kernels<T>::softmax_gradient(data<T>(logits), data<int64_t>(ids) + first,
                                   scale.defined() ? data<float>(scale) : nullptr, data<float>(loss), n, vocab_size,
                                   kIgnoredTarget, is_aligned<T>({logits}, vocab_size), stream_of(rows));
    });
    if (!gradients) continue;
    dhidden.narrow(0, first, n).copy_(linear_backward_input(logits, weight));
    if (gradients->weight_grad.defined()) linear_backward_weight_(gradients->weight_grad, logits, chunk);
  }
  const Tensor wide = losses.to(at::kDouble);
  Tensor(sums.total).add_(wide.sum());
  if (sums.rows.defined()) Tensor(sums.rows).add_(wide.view({targets.size(0), -1}).sum(1));
  return gradients ? dhidden.view_as(hidden) : Tensor();
}

Tensor sum_of_squares(const Tensor& flat) {
  const Tensor partial = at::empty({kSumBlocks}, flat.options().dtype(at::kDouble));
  with_element(flat, [&]<class T>(T) {
    Kernels<T>::sum_of_squares(data<T>(flat), data<double>(partial), flat.numel(), static_cast<int>(kSumBlocks),
                               is_aligned<T>({flat}, flat.numel()), stream_of(flat));
  });
  return partial.sum();
}

}  // namespace trireme::kernels::cuda
