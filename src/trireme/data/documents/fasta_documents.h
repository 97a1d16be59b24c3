#pragma once

#include "trireme/data/documents/text_documents.h"

namespace trireme::data {

/// Sequences of a FASTA file: a line that begins with '>' names the next one, whose lines are joined. Source: Pearson
/// and Lipman, 1988, as used by UniProt.
class FastaDocuments final : public DocumentReader {
 public:
  explicit FastaDocuments(const std::string& input) : input_(input), lines_(open_byte_stream(input), "\n", false) {}

  /// Throws FormatError naming file and line for residues before the first name.
  bool next(TextPiece& piece) override;
  int64_t offset() const override { return lines_.offset(); }

 private:
  /// False at the end of the file, as read_line.
  bool read_first_name();
  bool read_line(TextPiece& line);

  std::string input_;
  TextDocuments lines_;
  int64_t number_ = 0;
  bool name_read_ = false;  // of the next sequence
};

}  // namespace trireme::data
