#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/data/documents/document_reader.h"

namespace trireme::data {

using TextBatch = std::vector<TextPiece>;

/// Reads the documents of several inputs in order, some megabyte at a time. See open_documents for what an input may
/// be.
class TextReader {
 public:
  using Options = ReadOptions;

  /// Throws IoError when an input is missing or a folder without shards, FormatError when it is empty.
  TextReader(std::vector<std::string> inputs, Options options);

  /// False at the end. Throws FormatError naming the file when it is damaged or cut short.
  bool next(TextBatch& batch);

  const std::vector<std::string>& inputs() const { return inputs_; }
  /// Bytes as they lie on disk.
  int64_t total_bytes() const { return total_bytes_; }
  int64_t bytes_read() const { return finished_bytes_ + (documents_ ? documents_->offset() : 0); }

 private:
  std::vector<std::string> inputs_;
  Options options_;
  int64_t total_bytes_ = 0;
  int64_t finished_bytes_ = 0;
  size_t next_input_ = 0;
  std::unique_ptr<DocumentReader> documents_;  // of the open input
};

}  // namespace trireme::data
