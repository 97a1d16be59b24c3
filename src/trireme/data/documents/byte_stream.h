#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trireme/core/file.h"

namespace trireme::data {

/// A file's bytes front to back, decompressed. Errors name the file.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills `out` as far as it goes; 0 at the end only. Throws IoError, or FormatError when the data is damaged or cut
  /// short.
  virtual size_t read(char* out, size_t bytes) = 0;
  /// How far it is in the file, in bytes as they lie on disk.
  virtual int64_t offset() const = 0;
};

/// By the end of the name: .gz and .dz (dictzip) through zlib, .zst, .zstd and .xz through libarchive, any other as it
/// stands. Throws IoError when it can't be opened.
std::unique_ptr<ByteStream> open_byte_stream(const std::string& path);

/// "corpus.jsonl.zst" -> "corpus.jsonl".
fs::path without_compression(const fs::path& path);

}  // namespace trireme::data
