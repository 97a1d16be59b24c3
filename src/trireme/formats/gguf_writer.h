#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/formats/buffered_file.h"
#include "trireme/formats/ggml_type.h"

namespace trireme::formats {

/// A metadata value as written: the C++ type is the type in the file.
using GgufWritten = std::variant<bool, uint32_t, float, std::string, std::vector<std::string>, std::vector<int32_t>,
                                 std::vector<float>>;
/// In the order of the file. REQUIRES: each key once.
using GgufMetadata = std::vector<std::pair<std::string, GgufWritten>>;

/// `shape` is row-major.
struct GgufTensorInfo {
  std::string name;
  GgmlType type = GgmlType::kF32;
  std::vector<int64_t> shape;

  /// REQUIRES: rows are a whole number of blocks.
  int64_t num_bytes() const;
};

/// Streams a GGUF file, version 3, little-endian, tensors aligned to 32 bytes. It appears under its name on `finish`;
/// dropped unfinished, it leaves nothing. Throws IoError naming the path.
class GgufWriter {
 public:
  GgufWriter(const fs::path& path, const GgufMetadata& metadata, std::vector<GgufTensorInfo> tensors);

  /// The whole of the next tensor. REQUIRES: bytes.size() is its num_bytes().
  void write(std::span<const std::byte> bytes);
  /// REQUIRES: every tensor was written.
  void finish();

 private:
  void write_text(const std::string& text);
  void write_value(const GgufWritten& value);
  void pad();

  BufferedFile file_;
  std::vector<GgufTensorInfo> tensors_;
  size_t next_ = 0;
};

}  // namespace trireme::formats
