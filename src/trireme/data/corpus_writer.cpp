#include "trireme/data/corpus_writer.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/data/target_mask.h"

namespace trireme::data {

std::vector<fs::path> corpus_files(const fs::path& prefix) {
  return {formats::megatron_idx_path(prefix), corpus_info_path(prefix), target_mask_path(prefix),
          formats::megatron_bin_path(prefix)};
}

CorpusWriter::CorpusWriter(fs::path prefix, DType dtype, CorpusInfo info, std::optional<TokenId> begin_of_document)
    : prefix_(std::move(prefix)),
      writer_(prefix_, dtype),
      info_(std::move(info)),
      begin_of_document_(begin_of_document) {
  if (!info_.chat_template.empty()) mask_.emplace(target_mask_path(prefix_));
}

void CorpusWriter::add(const EncodedBatch& batch) {
  size_t begin = 0;
  const auto append = [&](const auto& from, size_t end, auto& to) {
    to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(begin), from.begin() + static_cast<ptrdiff_t>(end));
  };
  for (const EncodedPiece& piece : batch.pieces) {
    CorpusSource& source = info_.sources[static_cast<size_t>(piece.source)];
    source.bytes += piece.bytes;
    append(batch.tokens, piece.end, document_);
    if (of_chats()) append(batch.counted, piece.end, counted_);
    begin = piece.end;
    if (piece.ends_document) end_document(source);
  }
}

/// Documents without text leave nothing.
void CorpusWriter::end_document(CorpusSource& source) {
  if (document_.empty()) {
    ++source.empty_documents;
    return;
  }
  duplicates_.add(document_);
  if (begin_of_document_) document_.insert(document_.begin(), *begin_of_document_);
  if (info_.end_of_document) document_.push_back(static_cast<TokenId>(*info_.end_of_document));
  hash_document(hasher_, document_, counted_);
  writer_.add_document(document_);
  if (of_chats()) mask_->write(std::as_bytes(std::span(counted_)));
  info_.counted_tokens += std::ranges::count(counted_, 1);
  ++source.documents;
  source.tokens += static_cast<int64_t>(document_.size());
  document_.clear();
  counted_.clear();
}

CorpusInfo CorpusWriter::finish() {
  for (const CorpusSource& source : info_.sources) {
    info_.bytes += source.bytes;
    info_.documents += source.documents;
    info_.tokens += source.tokens;
    info_.empty_documents += source.empty_documents;
  }
  if (info_.tokens == 0) throw FormatError("the inputs hold no text");
  info_.content_hash = hasher_.hex();
  info_.duplicate_documents = duplicates_.count();
  // A crash from here on leaves no data set that mixes old and new.
  for (const fs::path& path : corpus_files(prefix_)) fs::remove(path);
  if (of_chats()) mask_->finish();
  writer_.finish();
  write_corpus_info(prefix_, info_);
  return std::move(info_);
}

}  // namespace trireme::data
