#include "trireme/formats/ggml_type.h"

#include <array>
#include <utility>

#include "trireme/core/check.h"
#include "trireme/formats/ggml_k_quants.h"

namespace trireme::formats {

namespace {

// ggml.h, enum ggml_type.
constexpr std::array<std::pair<uint32_t, std::string_view>, 34> kTypeNames = {{
    {0, "F32"},      {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},   {6, "Q5_0"},    {7, "Q5_1"},   {8, "Q8_0"},
    {9, "Q8_1"},     {10, "Q2_K"},   {11, "Q3_K"},    {12, "Q4_K"},  {13, "Q5_K"},   {14, "Q6_K"},  {15, "Q8_K"},
    {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},
    {23, "IQ4_XS"},  {24, "I8"},     {25, "I16"},     {26, "I32"},   {27, "I64"},    {28, "F64"},   {29, "IQ1_M"},
    {30, "BF16"},    {34, "TQ1_0"},  {35, "TQ2_0"},   {39, "MXFP4"}, {40, "NVFP4"},  {41, "Q1_0"},
}};

constexpr std::array kSupported = {GgmlType::kF32,  GgmlType::kF16,  GgmlType::kBF16, GgmlType::kQ8_0,
                                   GgmlType::kQ4_0, GgmlType::kQ4_1, GgmlType::kQ5_0, GgmlType::kQ5_1,
                                   GgmlType::kQ4_K, GgmlType::kQ5_K, GgmlType::kQ6_K};

}  // namespace

std::string ggml_type_name(uint32_t type) {
  for (const auto& [value, name] : kTypeNames) {
    if (value == type) return std::string(name);
  }
  return format("type {}", type);
}

bool ggml_type_supported(uint32_t type) {
  for (const GgmlType supported : kSupported) {
    if (static_cast<uint32_t>(supported) == type) return true;
  }
  return false;
}

std::string ggml_supported_types() {
  std::string list;
  for (const GgmlType type : kSupported) list += (list.empty() ? "" : ", ") + ggml_type_name(type);
  return list;
}

GgmlBlock ggml_block(GgmlType type) {
  switch (type) {
    case GgmlType::kF32: return {1, 4};
    case GgmlType::kF16:
    case GgmlType::kBF16: return {1, 2};
    case GgmlType::kQ8_0: return {kBlockElements, 2 + 32};
    case GgmlType::kQ4_0: return {kBlockElements, 2 + 16};
    case GgmlType::kQ4_1: return {kBlockElements, 2 + 2 + 16};
    case GgmlType::kQ5_0: return {kBlockElements, 2 + 4 + 16};
    case GgmlType::kQ5_1: return {kBlockElements, 2 + 2 + 4 + 16};
    case GgmlType::kQ4_K: return {kSuperBlock, kQ4KBytes};
    case GgmlType::kQ5_K: return {kSuperBlock, kQ5KBytes};
    case GgmlType::kQ6_K: return {kSuperBlock, kQ6KBytes};
  }
  TRIREME_CHECK(false, "ggml type {} can't be read", static_cast<uint32_t>(type));
}

}  // namespace trireme::formats
