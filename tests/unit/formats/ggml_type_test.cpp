#include "trireme/formats/ggml_type.h"

#include <gtest/gtest.h>
#include <cmath>
#include <cstring>
#include <vector>

#include "trireme/core/dtype.h"

namespace trireme::formats {
namespace {

void append_fp16(std::vector<std::byte>& bytes, float value) {
  const uint16_t bits = float_to_fp16(value);
  bytes.resize(bytes.size() + 2);
  std::memcpy(bytes.data() + bytes.size() - 2, &bits, 2);
}

/// Nibble i low is i, high is 15 - i, for i in 0..15.
void append_nibbles(std::vector<std::byte>& bytes) {
  for (int i = 0; i < 16; ++i) bytes.push_back(static_cast<std::byte>(i | (15 - i) << 4));
}

TEST(GgmlTypeTest, Q4_1IsScaleTimesNibblePlusMinimum) {
  std::vector<std::byte> bytes;
  append_fp16(bytes, 0.25f);
  append_fp16(bytes, -1.5f);
  append_nibbles(bytes);
  std::vector<float> out(32);
  dequantize(GgmlType::kQ4_1, bytes, out);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(out[static_cast<size_t>(i)], 0.25f * static_cast<float>(i) - 1.5f);
    EXPECT_EQ(out[static_cast<size_t>(i) + 16], 0.25f * static_cast<float>(15 - i) - 1.5f);
  }
}

TEST(GgmlTypeTest, Q4_0IsScaleTimesNibbleLessEight) {
  std::vector<std::byte> bytes;
  append_fp16(bytes, -0.5f);
  append_nibbles(bytes);
  std::vector<float> out(32);
  dequantize(GgmlType::kQ4_0, bytes, out);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(out[static_cast<size_t>(i)], -0.5f * static_cast<float>(i - 8));
    EXPECT_EQ(out[static_cast<size_t>(i) + 16], -0.5f * static_cast<float>(7 - i));
  }
  EXPECT_TRUE(std::signbit(out[8]));  // -0.5 * 0, as ggml has it
}

TEST(GgmlTypeTest, Q8_0IsScaleTimesSignedByte) {
  std::vector<std::byte> bytes;
  for (const float scale : {0.125f, 2.0f}) {
    append_fp16(bytes, scale);
    for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<std::byte>(i * 8 - 128));
  }
  std::vector<float> out(64);
  dequantize(GgmlType::kQ8_0, bytes, out);
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(out[static_cast<size_t>(i)], 0.125f * static_cast<float>(i * 8 - 128));
    EXPECT_EQ(out[static_cast<size_t>(i) + 32], 2.0f * static_cast<float>(i * 8 - 128));
  }
}

TEST(GgmlTypeTest, HalfTypesAreWidened) {
  std::vector<std::byte> bytes;
  append_fp16(bytes, -0.75f);
  std::vector<float> out(1);
  dequantize(GgmlType::kF16, bytes, out);
  EXPECT_EQ(out[0], -0.75f);
  const uint16_t bits = float_to_bf16(3.0f);
  std::memcpy(bytes.data(), &bits, 2);
  dequantize(GgmlType::kBF16, bytes, out);
  EXPECT_EQ(out[0], 3.0f);
}

TEST(GgmlTypeTest, NamesTypesThatItCannotRead) {
  EXPECT_FALSE(ggml_type_supported(12));
  EXPECT_EQ(ggml_type_name(12), "Q4_K");
  EXPECT_EQ(ggml_type_name(14), "Q6_K");
  EXPECT_EQ(ggml_type_name(77), "type 77");
  EXPECT_EQ(ggml_supported_types(), "F32, F16, BF16, Q8_0, Q4_0, Q4_1");
}

}  // namespace
}  // namespace trireme::formats
