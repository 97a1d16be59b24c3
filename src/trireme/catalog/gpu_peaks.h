#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/dtype.h"

namespace trireme::catalog {

/// A row of facts/gpu_peaks.tsv. Dense peaks; empty: unknown, which is reported as such and never guessed.
struct GpuPeaks {
  std::string key;   // "h100-sxm"
  std::string name;  // as the driver gives it: "NVIDIA H100 80GB HBM3"
  std::optional<double> bf16_flops, fp16_flops, fp32_flops, fp8_flops;  // a second
  double memory_bytes = 0;
  double bandwidth = 0;  // bytes a second
  std::string source;

  /// FLOP/s of matrix products with inputs of `dtype`.
  std::optional<double> flops(DType dtype) const;
};

std::vector<GpuPeaks> gpu_peaks();
/// By key or by the driver's name, exactly. Empty when the table does not list it.
std::optional<GpuPeaks> find_gpu(std::string_view key_or_name);

}  // namespace trireme::catalog
