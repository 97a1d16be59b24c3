#include "trireme/parallel/host_copies.h"

#include <ATen/ATen.h>

namespace trireme::parallel {

at::Tensor HostCopies::of(const at::Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  for (const auto& [device, host] : copies_)
    if (device.is_same(tensor)) return host;
  copies_.emplace_back(tensor, at::empty_like(tensor, tensor.options().device(at::kCPU)));
  return copies_.back().second;
}

void HostCopies::refresh() {
  for (auto& [device, host] : copies_) host.copy_(device);
}

void HostCopies::write_back() {
  for (auto& [device, host] : copies_) device.copy_(host);
}

}  // namespace trireme::parallel
