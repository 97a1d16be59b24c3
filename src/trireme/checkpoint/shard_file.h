#pragma once

#include <span>
#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::checkpoint {

/// Writes `parts` back to back as one new file, flushed to the disk, and returns the checksum of each of its runs of
/// formats::kChecksumBytes bytes. Throws IoError naming the file.
std::vector<std::string> write_shard_file(const fs::path& path, std::span<const std::span<const std::byte>> parts);

}  // namespace trireme::checkpoint
