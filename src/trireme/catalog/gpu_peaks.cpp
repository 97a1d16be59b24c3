#include "trireme/catalog/gpu_peaks.h"

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/table.h"

namespace trireme::catalog {

namespace {

std::optional<double> tera(const std::optional<double>& value) {
  return value ? std::optional<double>(*value * 1e12) : std::nullopt;
}

}  // namespace

std::optional<double> GpuPeaks::flops(DType dtype) const {
  switch (dtype) {
    case DType::kBF16: return bf16_flops;
    case DType::kF16: return fp16_flops;
    case DType::kF32: return fp32_flops;
    default: return std::nullopt;
  }
}

std::vector<GpuPeaks> gpu_peaks() {
  const Table table = Table::read(facts_folder() / "gpu_peaks.tsv");
  std::vector<GpuPeaks> peaks;
  for (size_t row = 0; row < table.size(); ++row) {
    peaks.push_back({.key = table.text(row, "key"),
                     .name = table.text(row, "name"),
                     .bf16_flops = tera(table.number(row, "bf16_tflops")),
                     .fp16_flops = tera(table.number(row, "fp16_tflops")),
                     .fp32_flops = tera(table.number(row, "fp32_tflops")),
                     .fp8_flops = tera(table.number(row, "fp8_tflops")),
                     .memory_bytes = table.number(row, "memory_gib").value_or(0) * (1 << 30),
                     .bandwidth = table.number(row, "bandwidth_gb_s").value_or(0) * 1e9,
                     .source = table.text(row, "source")});
  }
  return peaks;
}

std::optional<GpuPeaks> find_gpu(std::string_view key_or_name) {
  for (GpuPeaks& gpu : gpu_peaks()) {
    if (gpu.key == key_or_name || gpu.name == key_or_name) return std::move(gpu);
  }
  return std::nullopt;
}

}  // namespace trireme::catalog
