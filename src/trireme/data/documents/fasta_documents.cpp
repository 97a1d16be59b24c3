#include "trireme/data/documents/fasta_documents.h"

#include "trireme/core/error.h"

namespace trireme::data {

bool FastaDocuments::next(TextPiece& piece) {
  if (!name_read_ && !read_first_name()) return false;
  name_read_ = false;
  std::string sequence;
  TextPiece line;
  while (!name_read_ && read_line(line)) {
    name_read_ = line.text.starts_with('>');
    if (!name_read_) sequence += line.text;
  }
  piece = TextPiece{.text = std::move(sequence), .number = ++number_};
  return true;
}

bool FastaDocuments::read_first_name() {
  TextPiece line;
  while (read_line(line)) {
    if (line.text.starts_with('>')) return true;
    if (line.text.empty()) continue;
    throw FormatError(format("{}:{}: residues before the first line that begins with '>'; is this a FASTA file?",
                             input_, line.number));
  }
  return false;
}

bool FastaDocuments::read_line(TextPiece& line) {
  if (!lines_.next(line)) return false;
  if (line.text.ends_with('\r')) line.text.pop_back();
  return true;
}

}  // namespace trireme::data
