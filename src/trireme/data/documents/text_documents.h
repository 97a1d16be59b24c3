#pragma once

#include "trireme/data/documents/byte_stream.h"
#include "trireme/data/documents/document_reader.h"

namespace trireme::data {

/// A text as one document, or as several apart by a separator, which belongs to none of them.
class TextDocuments : public DocumentReader {
 public:
  /// See ReadOptions.
  TextDocuments(std::unique_ptr<ByteStream> stream, std::string separator, bool may_cut);

  bool next(TextPiece& piece) override;
  int64_t offset() const override { return stream_->offset(); }

 private:
  void take(TextPiece& piece, size_t end, bool ends_document);
  size_t find_cut();
  /// False at the end of the file.
  bool fill();

  std::unique_ptr<ByteStream> stream_;
  std::string separator_;
  bool may_cut_;
  std::string buffer_;
  size_t begin_ = 0;            // of what is not given out yet
  size_t separator_from_ = 0;   // no separator begins in [begin_, separator_from_)
  size_t cut_from_ = 0;         // no cut lies in [begin_, cut_from_)
  bool document_open_ = false;  // a piece of it was given out
  int64_t number_ = 0;
};

/// A JSON object a line.
class JsonLines final : public TextDocuments {
 public:
  explicit JsonLines(std::unique_ptr<ByteStream> stream) : TextDocuments(std::move(stream), "\n", false) {}

  bool next(TextPiece& piece) override {
    if (!TextDocuments::next(piece)) return false;
    piece.is_json = true;
    return true;
  }
};

}  // namespace trireme::data
