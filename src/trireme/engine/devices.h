#pragma once

#include <optional>
#include <string>

#include "trireme/core/dtype.h"
#include "trireme/device/device.h"

namespace trireme::engine {

/// The device that `asked` ("auto", "cpu" or "cuda") means for this rank of its node; "auto" is a GPU where PyTorch
/// sees one. Throws DeviceError naming `option` when there is none, or fewer than ranks of the node.
Device pick_device(const std::string& asked, int local_rank, const std::string& option);

/// Most bytes of tensors on `device` at one time since the last call. On the CPU it counts what
/// `count_cpu_tensors` and the collectives' buffers count. Waits for nothing.
int64_t take_peak_memory(Device device);

/// Dense FLOP/s of matrix products in `compute`, from facts/gpu_peaks.tsv; nothing for a device that it does not list.
std::optional<double> peak_flops(Device device, DType compute);

/// From now on products of fp32 tensors are fp32 on a GPU too: no TF32, which cuDNN is allowed by default.
void use_full_fp32();

/// From now on kernels of accelerators give the same bits from run to run, at some cost. Call before the first tensor.
void use_deterministic_kernels();

}  // namespace trireme::engine
