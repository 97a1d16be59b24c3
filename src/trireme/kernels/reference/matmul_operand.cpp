#include "trireme/kernels/reference/matmul_operand.h"

#include <ATen/ATen.h>
#include <ATen/Version.h>

namespace trireme::kernels {
namespace {

bool multiplies_bf16_slowly() {
  static const std::string capability = at::get_cpu_capability();
  return capability == "AVX2" || capability == "NO AVX";
}

}  // namespace

Tensor matmul_operand(const Tensor& x) {
  return x.scalar_type() == at::kBFloat16 && x.is_cpu() && multiplies_bf16_slowly() ? x.to(at::kFloat) : x;
}

}  // namespace trireme::kernels
