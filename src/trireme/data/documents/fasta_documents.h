#pragma once

#include "trireme/data/documents/byte_stream.h"
#include "trireme/data/documents/document_reader.h"

namespace trireme::data {

/// Sequences of a FASTA file: a line that begins with '>' names the next one, whose lines are joined. Source: Pearson
/// and Lipman, 1988, as used by UniProt.
class FastaDocuments final : public DocumentReader {
 public:
  explicit FastaDocuments(const std::string& input);

  /// Throws FormatError naming file and line for residues before the first name.
  bool next(TextPiece& piece) override;
  int64_t offset() const override { return stream_->offset(); }

 private:
  /// False at the end of the file, as read_line.
  bool read_first_name();
  bool read_line(std::string& line);

  std::string input_;
  std::unique_ptr<ByteStream> stream_;
  std::string buffer_;
  size_t begin_ = 0;  // of what is not given out yet
  int64_t line_ = 0, number_ = 0;
  bool name_read_ = false;  // of the next sequence
};

}  // namespace trireme::data
