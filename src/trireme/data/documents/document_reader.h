#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace trireme::data {

/// A document or, of a long one, a piece.
struct TextPiece {
  std::string text = {};  // as it lies in the file
  int32_t source = 0;     // index of the input
  int64_t number = 0;     // of the document in its input, from 1: the line number of a .jsonl file
  bool ends_document = true;
  bool is_json = false;     // `text` is a JSON object that holds the document's text
  std::string member = {};  // of an archive: the name of the file in it
};

struct ReadOptions {
  std::string split_on = {};  // empty: one text file is one document
  bool may_cut = false;       // long documents come in pieces, cut before a space behind an ASCII letter or digit
  std::string key = "text";   // of the text in a .jsonl line or .json member; the column of MDS and Parquet
};

/// The documents of one input, in order. Each format is one file beside this.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  /// Fills all of `piece` but its source; false at the end. Throws IoError or FormatError naming the file.
  virtual bool next(TextPiece& piece) = 0;
  /// How far it is in the input, in bytes as they lie on disk.
  virtual int64_t offset() const = 0;
};

/// Chosen by the input's name: a folder is a set of MDS shards; .tar (WebDataset), .parquet, .jsonl, .ndjson and .fasta
/// say what they are; any other file is text. All but .parquet may be compressed: see open_byte_stream. Throws IoError
/// or FormatError.
std::unique_ptr<DocumentReader> open_documents(const std::string& input, const ReadOptions& options);

/// Bytes of the input as they lie on disk; 0 for a pipe. Throws IoError when it is missing or a folder without shards,
/// FormatError when it is empty.
int64_t input_bytes(const std::string& input);

}  // namespace trireme::data
