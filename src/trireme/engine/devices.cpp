#include "trireme/engine/devices.h"

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>

#include "trireme/catalog/gpu_peaks.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/device/device_name.h"
#include "trireme/device/memory_count.h"
#include "trireme/kernels/current_device.h"

namespace trireme::engine {

Device pick_device(const std::string& asked, int local_rank, const std::string& option) {
  if (asked == "cpu" || (asked == "auto" && !at::hasCUDA())) return {};
  const int devices = kernels::num_gpus();
  if (devices == 0) {
    throw DeviceError(
        format("{} = cuda: this PyTorch sees no CUDA device; use cpu, or install a CUDA build of PyTorch and "
               "the driver",
               option));
  }
  if (local_rank >= devices) {
    throw DeviceError(
        format("{} = {}: rank {} of this node needs GPU {}, but there are {}; start at most {} ranks a node, "
               "or use cpu",
               option, asked, local_rank, local_rank, devices, devices));
  }
  return {DeviceKind::kCuda, local_rank};
}

int64_t take_peak_memory(Device device) {
  if (device.kind == DeviceKind::kCpu) {
    const int64_t peak = memory_count().peak();
    memory_count().reset_peak();
    return peak;
  }
  constexpr size_t kAllBlocks = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  const auto index = static_cast<c10::DeviceIndex>(device.index);
  c10::DeviceAllocator* const allocator = c10::getDeviceAllocator(c10::DeviceType::CUDA);
  const int64_t peak = allocator->getDeviceStats(index).allocated_bytes[kAllBlocks].peak;
  allocator->resetPeakStats(index);
  return peak;
}

std::optional<double> peak_flops(Device device, DType compute) {
  const auto gpu = catalog::find_gpu(device_name(device));
  return gpu ? gpu->flops(compute) : std::nullopt;
}

void use_full_fp32() {
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
}

void use_deterministic_kernels() {
  // cuBLAS is deterministic only with a workspace of its own for each stream; PyTorch checks that this is set.
  set_env_default("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
  at::globalContext().setDeterministicAlgorithms(/*enabled=*/true, /*warn_only=*/false);
  // It would also fill uninitialised memory, which costs time and hides nothing here.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

}  // namespace trireme::engine
