#include "trireme/core/check.h"
#include "trireme/kernels/cuda/cuda.h"

namespace trireme::kernels::cuda {

namespace {
[[noreturn]] void not_built() { TRIREME_CHECK(false, "a fused kernel of GPUs in a build without CUDA"); }
}  // namespace

bool takes(std::initializer_list<Tensor>) { return false; }

RmsNormResult rms_norm(const Tensor&, const Tensor&, double) { not_built(); }
Tensor rms_norm_apply(const Tensor&, const Tensor&, const Tensor&) { not_built(); }
Tensor rms_norm_backward(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&) {
  not_built();
}
void rotate_(const Tensor&, const RotaryTable&, bool) { not_built(); }
Tensor swiglu(const Tensor&, const Tensor&) { not_built(); }
SwigluGradients swiglu_backward(const Tensor&, const Tensor&, const Tensor&) { not_built(); }
Tensor linear_cross_entropy(const Tensor&, const Tensor&, const Tensor&, const LossSums&, const LossGradients*,
                            int64_t) {
  not_built();
}
Tensor sum_of_squares(const Tensor&) { not_built(); }

}  // namespace trireme::kernels::cuda
