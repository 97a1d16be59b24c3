#include "trireme/catalog/gpu_peaks.h"

#include <gtest/gtest.h>

namespace trireme::catalog {
namespace {

TEST(GpuPeaks, FoundByKeyAndByDriverName) {
  const auto by_key = find_gpu("h100-sxm");
  const auto by_name = find_gpu("NVIDIA H100 80GB HBM3");
  ASSERT_TRUE(by_key && by_name);
  EXPECT_EQ(by_key->name, by_name->name);
  EXPECT_EQ(by_key->flops(DType::kBF16), 989e12);
  EXPECT_EQ(find_gpu("a100-sxm-80gb")->flops(DType::kBF16), 312e12);
}

TEST(GpuPeaks, UnknownStaysUnknown) {
  EXPECT_FALSE(find_gpu("NVIDIA H100"));
  EXPECT_FALSE(find_gpu("v100-sxm2")->flops(DType::kBF16));
  EXPECT_FALSE(find_gpu("h100-sxm")->flops(DType::kF64));
}

/// With structured sparsity a data sheet's figure is twice the dense one; the same chip must not differ by
/// that.
TEST(GpuPeaks, DenseFigures) {
  EXPECT_EQ(find_gpu("h100-sxm")->bf16_flops, find_gpu("h200-sxm")->bf16_flops);
  for (const GpuPeaks& gpu : gpu_peaks()) {
    EXPECT_FALSE(gpu.source.empty()) << gpu.key;
    EXPECT_GT(gpu.memory_bytes, 0) << gpu.key;
    EXPECT_GT(gpu.bandwidth, 0) << gpu.key;
    if (gpu.bf16_flops && gpu.fp8_flops) {
      EXPECT_NEAR(*gpu.fp8_flops / *gpu.bf16_flops, 2.0, 0.03) << gpu.key;
    }
  }
}

}  // namespace
}  // namespace trireme::catalog
