#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trireme/core/dtype.h"
#include "trireme/core/file.h"
#include "trireme/formats/buffered_file.h"

/// Token files in Megatron-LM's layout: PREFIX.bin holds the tokens, PREFIX.idx where each sequence begins.
/// docs/formats/megatron.md gives the bytes.
namespace trireme::formats {

fs::path megatron_bin_path(const fs::path& prefix);
fs::path megatron_idx_path(const fs::path& prefix);

/// kU16 for a vocabulary below 65500 entries, else kI32, as Megatron-LM chooses.
DType megatron_token_dtype(int64_t vocab_size);

/// Tokens as they lie in the file; widened when read.
class TokenView {
 public:
  TokenView() = default;
  TokenView(std::span<const std::byte> bytes, DType dtype) : bytes_(bytes), dtype_(dtype) {}

  DType dtype() const { return dtype_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  int64_t size() const { return static_cast<int64_t>(bytes_.size()) / size_of(dtype_); }
  /// REQUIRES: 0 <= i < size().
  int64_t operator[](int64_t i) const;
  /// REQUIRES: first + count <= size().
  TokenView slice(int64_t first, int64_t count) const;
  /// Widens all tokens into `out`. REQUIRES: out.size() == size().
  void copy_to(std::span<int64_t> out) const;
  void copy_to(std::span<int32_t> out) const;

 private:
  std::span<const std::byte> bytes_;
  DType dtype_ = DType::kU16;
};

/// Writes a pair of files, one sequence a document, in constant memory but for 4 bytes a document. Both names appear
/// on `finish`, the index last; dropped unfinished, nothing is left.
class MegatronWriter {
 public:
  /// `dtype` is kU16 or kI32. Throws IoError naming the file.
  MegatronWriter(const fs::path& prefix, DType dtype);

  /// Throws ConfigError when a token does not fit the dtype.
  void add_document(std::span<const int32_t> tokens);
  int64_t num_documents() const { return static_cast<int64_t>(lengths_.size()); }
  int64_t num_tokens() const { return num_tokens_; }
  void finish();

 private:
  fs::path prefix_;
  DType dtype_;
  BufferedFile bin_;
  BufferedFile idx_;
  std::vector<int32_t> lengths_;
  std::vector<uint16_t> narrow_;
  int64_t num_tokens_ = 0;
};

/// A pair of files, mapped. The constructor checks every length, pointer and document index, so that later reads are
/// in range. Throws IoError or FormatError naming the file and the field.
class MegatronReader {
 public:
  explicit MegatronReader(const fs::path& prefix);

  DType dtype() const { return dtype_; }
  int64_t num_sequences() const { return num_sequences_; }
  int64_t num_documents() const { return num_documents_; }
  /// Sum of the sequences' lengths.
  int64_t num_tokens() const { return num_tokens_; }
  /// REQUIRES: 0 <= sequence < num_sequences().
  TokenView tokens(int64_t sequence) const;
  /// The whole .bin, in file order.
  TokenView all_tokens() const { return {bin_.bytes(), dtype_}; }
  /// Place of the sequence's first token in all_tokens().
  int64_t first_token(int64_t sequence) const;
  int64_t length(int64_t sequence) const;
  /// Document d holds sequences [first_sequence(d), first_sequence(d + 1)). REQUIRES: 0 <= d <= num_documents().
  int64_t first_sequence(int64_t document) const;

 private:
  void read_header();
  void check_sequences();
  void check_documents() const;
  template <class T>
  T index_value(int64_t offset, int64_t i) const;

  fs::path idx_path_;
  fs::path bin_path_;
  MappedFile idx_;
  MappedFile bin_;
  DType dtype_ = DType::kU16;
  int64_t num_sequences_ = 0;
  int64_t num_documents_ = 0;
  int64_t num_tokens_ = 0;
};

}  // namespace trireme::formats
