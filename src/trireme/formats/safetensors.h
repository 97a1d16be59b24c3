#pragma once

#include <map>
#include <optional>

#include "trireme/core/file.h"
#include "trireme/formats/buffered_file.h"
#include "trireme/formats/json_view.h"
#include "trireme/formats/tensor_view.h"

/// One safetensors file. Format: https://huggingface.co/docs/safetensors; docs/formats/safetensors-and-gguf.md.
namespace trireme::formats {

/// A file mapped read-only; tensors are views of it. The constructor checks everything a read relies on: header
/// length, JSON, dtypes, that each range has its shape's size, and that the ranges cover the data without overlap or
/// gap. Throws IoError, or FormatError naming file and tensor.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(fs::path path);

  const fs::path& path() const { return path_; }
  /// In the order of their data.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// The text under `key` of `__metadata__`; nothing when absent.
  std::optional<std::string> metadata(const std::string& key) const;
  /// Null when absent.
  const TensorView* find(const std::string& name) const;

 private:
  void read_header(std::string_view text, std::span<const std::byte> data);
  void index_names();
  void check_coverage(std::span<const std::byte> data);

  fs::path path_;
  MappedFile file_;
  std::vector<TensorView> tensors_;
  std::vector<uint32_t> by_name_;  // indices of tensors_
  JsonView metadata_;              // in the mapped file
};

/// Header of a file that holds `tensors` back to back in this order: the length field, and JSON padded with spaces so
/// that the data begins on a multiple of 8 bytes.
std::string safetensors_header(std::span<const TensorInfo> tensors, const std::map<std::string, std::string>& metadata);

/// Streams a file whose tensors are known in advance. It appears under its name on `finish`.
class SafetensorsWriter {
 public:
  /// Throws IoError naming the file.
  SafetensorsWriter(const fs::path& path, std::span<const TensorInfo> tensors,
                    const std::map<std::string, std::string>& metadata);
  /// The next bytes, tensor after tensor, in pieces of any size.
  void write(std::span<const std::byte> bytes) { file_.write(bytes); }
  /// REQUIRES: every byte of every tensor was written.
  void finish();

 private:
  BufferedFile file_;
  int64_t expected_bytes_ = 0;
};

}  // namespace trireme::formats
