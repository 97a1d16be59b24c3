#include "trireme/checkpoint/shard_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/formats/checkpoint_manifest.h"

namespace trireme::checkpoint {

std::vector<std::string> write_shard_file(const fs::path& path, std::span<const std::span<const std::byte>> parts) {
  const UniqueFd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::vector<std::string> checksums;
  ContentHasher hasher;
  int64_t in_run = 0;  // bytes of the present run so far
  for (std::span<const std::byte> part : parts) {
    while (!part.empty()) {
      const auto take = std::min(part.size(), static_cast<size_t>(formats::kChecksumBytes - in_run));
      hasher.update(part.first(take));
      write_all(fd.get(), part.first(take), path);
      part = part.subspan(take);
      in_run += static_cast<int64_t>(take);
      if (in_run < formats::kChecksumBytes) continue;
      checksums.push_back(hasher.hex());
      hasher = ContentHasher();
      in_run = 0;
    }
  }
  if (in_run > 0) checksums.push_back(hasher.hex());
  if (::fsync(fd.get()) != 0) throw io_error("can't flush {}", path.string());
  return checksums;
}

}  // namespace trireme::checkpoint
