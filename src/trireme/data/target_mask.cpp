#include "trireme/data/target_mask.h"

#include <algorithm>

#include "trireme/core/error.h"

namespace trireme::data {

fs::path target_mask_path(const fs::path& prefix) { return prefix.string() + ".mask.bin"; }

TargetMask::TargetMask(const fs::path& prefix, int64_t num_tokens) : path_(target_mask_path(prefix)), file_(path_) {
  const auto size = static_cast<int64_t>(file_.bytes().size());
  if (size == num_tokens) return;
  throw FormatError(format("{}: {} bytes, but there are {} tokens and a byte for each: damaged; prepare the data again",
                           path_.string(), size, num_tokens));
}

void TargetMask::copy(int64_t first, std::span<uint8_t> out) const {
  const auto bytes = file_.bytes().subspan(static_cast<size_t>(first), out.size());
  std::ranges::transform(bytes, out.begin(), [](std::byte byte) { return std::to_integer<uint8_t>(byte); });
  const auto bad = std::ranges::find_if(out, [](uint8_t byte) { return byte > 1; });
  if (bad == out.end()) return;
  throw FormatError(format("{}: the byte of token {} is {}, neither 0 nor 1: damaged; prepare the data again",
                           path_.string(), first + (bad - out.begin()), int{*bad}));
}

}  // namespace trireme::data
