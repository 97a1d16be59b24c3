#include "trireme/engine/batch_source.h"

#include <ATen/ATen.h>

namespace trireme::engine {

at::Tensor send_to(at::Device device, const at::Tensor& host) {
  return device.is_cpu() ? host : host.pin_memory().to(device, /*non_blocking=*/true);
}

layer::Microbatch make_microbatch(at::Tensor tokens, at::Tensor targets) {
  at::Tensor positions = at::arange(tokens.size(1), tokens.options()).expand(tokens.sizes()).contiguous();
  return {.tokens = std::move(tokens),
          .targets = std::move(targets),
          .positions = std::move(positions),
          .document_starts = {},
          .loss_scale = {}};
}

}  // namespace trireme::engine
