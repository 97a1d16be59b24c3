#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::data {

/// A document or, of a long one, a piece.
struct TextPiece {
  std::string text;    // of a .jsonl file: the raw line
  int32_t source = 0;  // index of the input
  int64_t number = 0;  // of the document in its file, from 1: the line number of a .jsonl file
  bool ends_document = true;
};

using TextBatch = std::vector<TextPiece>;

/// .jsonl or .ndjson, before a .gz or .dz: one document a line.
bool is_jsonl(const fs::path& path);

/// Reads documents from text files in order, some megabyte at a time. A name that ends in .gz or .dz
/// (dictzip) is decompressed; a .jsonl or .ndjson file holds one document a line; any other is one document,
/// or several apart by `split_on`, which belongs to none of them.
class TextReader {
 public:
  struct Options {
    std::string split_on;  // empty: one file is one document
    bool may_cut = false;  // long documents come in pieces, cut before a space behind an ASCII letter or digit
  };

  /// Throws IoError when an input is missing or a folder, FormatError when it is empty.
  TextReader(std::vector<std::string> inputs, Options options);
  ~TextReader();

  /// False at the end. Throws FormatError naming the file when compressed data is damaged or cut short.
  bool next(TextBatch& batch);

  const std::vector<std::string>& inputs() const { return inputs_; }
  /// Bytes as they lie on disk.
  int64_t total_bytes() const { return total_bytes_; }
  int64_t bytes_read() const;

 private:
  class Stream;

  void open_next();
  void take_piece(TextBatch& batch);
  void emit(TextBatch& batch, size_t end, bool ends_document);
  size_t find_cut();
  /// False at the end of the file.
  bool fill();

  std::vector<std::string> inputs_;
  Options options_;
  int64_t total_bytes_ = 0;
  int64_t finished_bytes_ = 0;

  size_t next_input_ = 0;
  std::unique_ptr<Stream> stream_;
  std::string separator_;  // of the open file
  bool may_cut_ = false;   // in the open file
  std::string buffer_;
  size_t begin_ = 0;            // of what is not given out yet
  size_t separator_from_ = 0;   // no separator begins in [begin_, separator_from_)
  size_t cut_from_ = 0;         // no cut lies in [begin_, cut_from_)
  bool document_open_ = false;  // a piece of it was given out
  int64_t number_ = 0;
};

}  // namespace trireme::data
