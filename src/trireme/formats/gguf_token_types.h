#pragma once

#include <cstdint>

namespace trireme::formats {

/// llama.h, enum llama_token_type. Text is searched for unknown, control and user-defined ones before it is cut into
/// words.
enum class GgufTokenType : int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

}  // namespace trireme::formats
