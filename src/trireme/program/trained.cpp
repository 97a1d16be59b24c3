#include "trireme/program/trained.h"

#include <ATen/ATen.h>

namespace trireme::program {

at::Tensor Trained::predict(const at::Tensor& inputs) const {
  layer::Microbatch batch;
  batch.inputs = inputs.to(options_.device, inputs.is_floating_point() ? options_.compute : inputs.scalar_type());
  return trainer_.model().evaluate(batch, /*sums=*/nullptr).cpu();
}

}  // namespace trireme::program
