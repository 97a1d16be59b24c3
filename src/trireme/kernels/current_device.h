#pragma once

#include "trireme/device/device.h"

// What PyTorch holds for the calling thread, without a CUDA header.
namespace trireme::kernels {

/// GPUs that PyTorch sees; 0 without a CUDA build or a driver.
int num_gpus();

/// Makes it the calling thread's current device; nothing to do for the CPU.
void set_current_device(Device device);

/// The cudaStream_t that the calling thread's work on this GPU goes to now.
void* current_stream(Device gpu);

/// Blocks the host until the device has done all its work; nothing to wait for on the CPU.
void synchronize(Device device);

}  // namespace trireme::kernels
