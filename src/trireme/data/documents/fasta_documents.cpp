#include "trireme/data/documents/fasta_documents.h"

#include "trireme/core/error.h"

namespace trireme::data {

FastaDocuments::FastaDocuments(const std::string& input) : input_(input), stream_(open_byte_stream(input)) {}

bool FastaDocuments::next(TextPiece& piece) {
  if (!name_read_ && !read_first_name()) return false;
  name_read_ = false;
  std::string line, sequence;
  while (!name_read_ && read_line(line)) {
    name_read_ = line.starts_with('>');
    if (!name_read_) sequence += line;
  }
  piece = TextPiece{.text = std::move(sequence), .number = ++number_};
  return true;
}

bool FastaDocuments::read_first_name() {
  std::string line;
  while (read_line(line)) {
    if (line.starts_with('>')) return true;
    if (line.empty()) continue;
    throw FormatError(
        format("{}:{}: residues before the first line that begins with '>'; is this a FASTA file?", input_, line_));
  }
  return false;
}

bool FastaDocuments::read_line(std::string& line) {
  constexpr size_t kChunk = size_t{1} << 20;
  line.clear();
  while (true) {
    const size_t end = buffer_.find('\n', begin_);
    if (end != std::string::npos) {
      line = buffer_.substr(begin_, end - begin_);
      begin_ = end + 1;
      break;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    const size_t kept = buffer_.size();
    buffer_.resize(kept + kChunk);
    buffer_.resize(kept + stream_->read(buffer_.data() + kept, kChunk));
    if (buffer_.size() > kept) continue;
    if (buffer_.empty()) return false;
    line = std::move(buffer_);  // the last one, without an end
    buffer_.clear();
    break;
  }
  if (line.ends_with('\r')) line.pop_back();
  ++line_;
  return true;
}

}  // namespace trireme::data
