#include "trireme/checkpoint/shard_file.h"

#include <algorithm>

#include "trireme/checkpoint/direct_writer.h"
#include "trireme/core/hash.h"
#include "trireme/formats/checkpoint_manifest.h"

namespace trireme::checkpoint {

namespace {

/// Checksums of consecutive runs of kChecksumBytes bytes; the last may be shorter.
class RunChecksums {
 public:
  void add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto taken = std::min(bytes.size(), static_cast<size_t>(formats::kChecksumBytes - in_run_));
      hasher_.update(bytes.first(taken));
      bytes = bytes.subspan(taken);
      in_run_ += static_cast<int64_t>(taken);
      if (in_run_ == formats::kChecksumBytes) end_run();
    }
  }
  std::vector<std::string> finish() {
    if (in_run_ > 0) end_run();
    return std::move(checksums_);
  }

 private:
  void end_run() {
    checksums_.push_back(std::exchange(hasher_, ContentHasher()).hex());
    in_run_ = 0;
  }

  std::vector<std::string> checksums_;
  ContentHasher hasher_;
  int64_t in_run_ = 0;  // bytes of the present run so far
};

}  // namespace

std::vector<std::string> write_shard_file(const fs::path& path, std::span<const std::span<const std::byte>> parts) {
  DirectWriter file(path);
  RunChecksums checksums;
  for (std::span<const std::byte> part : parts) {
    while (!part.empty()) {  // in blocks, so that a block is still in the cache when it is written
      const auto block = part.first(std::min(part.size(), DirectWriter::kBlock));
      checksums.add(block);
      file.append(block);
      part = part.subspan(block.size());
    }
  }
  file.finish();
  return checksums.finish();
}

}  // namespace trireme::checkpoint
