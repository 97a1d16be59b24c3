#pragma once

#include <cstdint>
#include <span>

#include "trireme/core/file.h"

namespace trireme::data {

/// PREFIX.mask.bin
fs::path target_mask_path(const fs::path& prefix);

/// Which tokens of PREFIX.bin count as targets: a byte for each, 1 or 0. Mapped.
class TargetMask {
 public:
  /// Throws IoError, or FormatError when it is not of `num_tokens` tokens.
  TargetMask(const fs::path& prefix, int64_t num_tokens);

  /// Throws FormatError for another byte, naming the token. REQUIRES: the range lies in the file.
  void copy(int64_t first, std::span<uint8_t> out) const;
  std::span<const std::byte> bytes() const { return file_.bytes(); }

 private:
  fs::path path_;
  MappedFile file_;
};

}  // namespace trireme::data
