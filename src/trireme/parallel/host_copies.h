#pragma once

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

namespace trireme::parallel {

/// Host copies of device tensors, for checkpoints, which read and write host memory. A tensor of the host is its own
/// copy and costs nothing.
class HostCopies {
 public:
  /// The host copy of `tensor`, made on first use; its contents follow with `refresh`.
  at::Tensor of(const at::Tensor& tensor);
  /// Device to host. Waits for the device.
  void refresh();
  /// Host to device, after something was written to the copies.
  void write_back();

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> copies_;  // device, host
};

}  // namespace trireme::parallel
