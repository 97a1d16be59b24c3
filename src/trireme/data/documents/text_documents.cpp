#include "trireme/data/documents/text_documents.h"

#include <algorithm>
#include <cctype>

namespace trireme::data {

namespace {

/// What is read at a time, and the length from which a document is cut.
constexpr size_t kChunkBytes = size_t{1} << 20;

}  // namespace

TextDocuments::TextDocuments(std::unique_ptr<ByteStream> stream, std::string separator, bool may_cut)
    : stream_(std::move(stream)), separator_(std::move(separator)), may_cut_(may_cut) {}

void TextDocuments::take(TextPiece& piece, size_t end, bool ends_document) {
  if (!document_open_) ++number_;
  piece = {.text = buffer_.substr(begin_, end - begin_), .number = number_, .ends_document = ends_document};
  begin_ = end;
  document_open_ = !ends_document;
}

bool TextDocuments::next(TextPiece& piece) {
  for (;;) {
    const size_t at = separator_.empty() ? std::string::npos : buffer_.find(separator_, separator_from_);
    if (at != std::string::npos) {
      take(piece, at, true);
      begin_ = separator_from_ = cut_from_ = at + separator_.size();
      return true;
    }
    separator_from_ = std::max(begin_, buffer_.size() - std::min(buffer_.size(), separator_.size()));
    if (may_cut_ && buffer_.size() - begin_ >= kChunkBytes) {
      const size_t cut = find_cut();
      if (cut > begin_) {
        take(piece, cut, false);
        return true;
      }
    }
    if (fill()) continue;
    if (begin_ == buffer_.size() && !document_open_) return false;
    take(piece, buffer_.size(), true);
    return true;
  }
}

size_t TextDocuments::find_cut() {
  // A separator that the buffer's end cuts off must stay whole.
  const size_t end = buffer_.size() - std::min(buffer_.size(), separator_.size() + 1);
  for (size_t at = end; at > std::max(cut_from_, begin_); --at) {
    if (buffer_[at] == ' ' && std::isalnum(static_cast<unsigned char>(buffer_[at - 1]))) {
      cut_from_ = at;
      return at;
    }
  }
  cut_from_ = std::max(end, begin_);
  return begin_;
}

bool TextDocuments::fill() {
  buffer_.erase(0, begin_);
  separator_from_ -= begin_;
  cut_from_ -= std::min(cut_from_, begin_);
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + kChunkBytes);
  buffer_.resize(size + stream_->read(buffer_.data() + size, kChunkBytes));
  return buffer_.size() > size;
}

}  // namespace trireme::data
