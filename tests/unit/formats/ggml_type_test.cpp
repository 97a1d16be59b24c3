#include "trireme/formats/ggml_values.h"

#include <gtest/gtest.h>
#include <cmath>
#include <cstring>
#include <vector>

#include "support/expect_error.h"
#include "trireme/core/dtype.h"
#include "trireme/core/error.h"
#include "trireme/formats/safetensors.h"

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

/// Blocks and values made by the gguf package: fixtures/make_ggml_values.py.
class GgufPackageTest : public ::testing::Test {
 protected:
  const TensorView& tensor(const std::string& name) const {
    const TensorView* found = file_.find(name);
    TRIREME_CHECK(found, "{} is not in the fixture", name);
    return *found;
  }
  static std::vector<uint32_t> bits(std::span<const float> values) {
    std::vector<uint32_t> result(values.size());
    std::memcpy(result.data(), values.data(), values.size_bytes());
    return result;
  }

  SafetensorsFile file_{fs::path(TRIREME_SOURCE_DIR) / "tests/unit/formats/fixtures/ggml_values.safetensors"};
};

TEST_F(GgufPackageTest, EveryQuantisedTypeIsReadBitForBit) {
  for (const GgmlType type : {GgmlType::kQ4_0, GgmlType::kQ4_1, GgmlType::kQ5_0, GgmlType::kQ5_1, GgmlType::kQ8_0,
                              GgmlType::kQ4_K, GgmlType::kQ5_K, GgmlType::kQ6_K}) {
    const std::string name = ggml_type_name(type);
    const auto expected = tensor(name + ".values").as<float>();
    std::vector<float> values(expected.size());
    dequantize(type, tensor(name + ".bytes").bytes, values);
    EXPECT_EQ(bits(values), bits(expected)) << name;
  }
}

TEST_F(GgufPackageTest, Q8_0IsWrittenByteForByte) {
  const auto expected = tensor("quantize.Q8_0").bytes;
  std::vector<std::byte> bytes(expected.size());
  quantize(GgmlType::kQ8_0, tensor("quantize.values").as<float>(), bytes);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin()));
}

TEST(GgmlTypeTest, RefusesValuesThatATypeCannotHold) {
  std::vector<float> values(32, 1.0f);
  std::vector<std::byte> bytes(34), halves(64);
  values[3] = 70000.0f;
  EXPECT_ERROR(ConfigError, "the value 70000 does not fit F16", quantize(GgmlType::kF16, values, halves));
  quantize(GgmlType::kBF16, values, halves);
  values[3] = 1e8f;
  EXPECT_ERROR(ConfigError, "the value 1e+08 does not fit Q8_0", quantize(GgmlType::kQ8_0, values, bytes));
  values[3] = NAN;
  EXPECT_ERROR(ConfigError, "the value nan does not fit Q8_0", quantize(GgmlType::kQ8_0, values, bytes));
}

TEST(GgmlTypeTest, NamesTypesThatItCannotRead) {
  EXPECT_FALSE(ggml_type_supported(10));
  EXPECT_EQ(ggml_type_name(10), "Q2_K");
  EXPECT_EQ(ggml_type_name(14), "Q6_K");
  EXPECT_EQ(ggml_type_name(77), "type 77");
  EXPECT_EQ(ggml_supported_types(), "F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K");
}

}  // namespace
}  // namespace trireme::formats
