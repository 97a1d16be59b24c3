#pragma once

#include <optional>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/formats/ggml_type.h"
#include "trireme/formats/gguf_value.h"

/// GGUF, versions 2 and 3, little-endian. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md;
/// docs/formats/safetensors-and-gguf.md.
namespace trireme::formats {

/// A tensor in the mapped file. `shape` is row-major, so the reverse of what the file lists.
struct GgufTensor {
  std::string name;
  GgmlType type = GgmlType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t numel() const;
};

/// A file mapped read-only. The constructor checks header, metadata, and that each tensor's type can be read and its
/// data lies in the file, aligned and without overlap. Throws IoError, or FormatError naming file and key or tensor.
class GgufFile {
 public:
  explicit GgufFile(fs::path path);

  const fs::path& path() const { return path_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  /// Null when absent.
  const GgufTensor* find(const std::string& name) const;

  bool has(const std::string& key) const { return find_metadata(key) != nullptr; }
  // Typed metadata. Throw FormatError naming file and key when it is absent or of another type.
  int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  bool boolean(const std::string& key) const;
  std::string text(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  /// Of 32 bits.
  std::vector<int32_t> integers(const std::string& key) const;
  std::vector<float> floats(const std::string& key) const;
  [[noreturn]] void fail(const std::string& what, const std::string& message) const;

 private:
  class Parser;
  /// A value of the metadata where it lies in the file: it is decoded when it is asked for.
  struct Metadata {
    std::string_view key;
    size_t position = 0;
    GgufType type = GgufType::kU8;
  };

  const Metadata* find_metadata(std::string_view key) const;
  GgufValue at(const std::string& key) const;
  GgufArray array(const std::string& key) const;

  fs::path path_;
  MappedFile file_;
  std::vector<Metadata> metadata_;  // by key
  std::vector<GgufTensor> tensors_;
  std::vector<uint32_t> by_name_;  // indices of tensors_
};

}  // namespace trireme::formats
