#include "trireme/data/token_file.h"

#include <algorithm>
#include <vector>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"

namespace trireme::data {

TokenFile::TokenFile(const std::string& prefix) : prefix_(prefix), reader_(prefix), info_(read_corpus_info(prefix)) {
  int64_t expected = 0;
  for (int64_t sequence = 0; sequence < reader_.num_sequences(); ++sequence) {
    if (reader_.first_token(sequence) != expected) {
      throw ConfigError(format("{}: sequence {} starts at token {}, not {}: sequences must lie back to back",
                               formats::megatron_idx_path(prefix).string(), sequence, reader_.first_token(sequence),
                               expected));
    }
    expected += reader_.length(sequence);
  }
  if (info_ && (info_->tokens != num_tokens() || info_->documents != num_documents())) {
    throw FormatError(format(
        "{}: {} tokens in {} documents, but {} says {} in {}: damaged, or not the files that it describes; prepare "
        "the data again",
        formats::megatron_idx_path(prefix_).string(), num_tokens(), num_documents(), corpus_info_path(prefix_).string(),
        info_->tokens, info_->documents));
  }
  const bool masked = info_ ? !info_->chat_template.empty() : fs::exists(target_mask_path(prefix_));
  if (masked) mask_.emplace(prefix_, num_tokens());
}

void TokenFile::copy(int64_t first, std::span<TokenId> out) const {
  reader_.all_tokens().slice(first, static_cast<int64_t>(out.size())).copy_to(out);
}

int64_t TokenFile::document_begin(int64_t document) const {
  const int64_t sequence = reader_.first_sequence(document);
  return sequence == reader_.num_sequences() ? num_tokens() : reader_.first_token(sequence);
}

int64_t TokenFile::document_of(int64_t token) const {
  TRIREME_CHECK(token >= 0 && token < num_tokens(), "token {} of {}", token, num_tokens());
  int64_t low = 0, high = reader_.num_documents();
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (document_begin(middle) <= token ? low : high) = middle;
  }
  return low;
}

std::string TokenFile::identity() const {
  if (info_) return info_->content_hash;
  constexpr size_t kEdge = size_t{1} << 20;
  const std::span<const std::byte> tokens = reader_.all_tokens().bytes();
  ContentHasher hasher;
  hasher.update(MappedFile(formats::megatron_idx_path(prefix_)).bytes());
  hasher.update(format("{}", tokens.size()));
  hasher.update(tokens.first(std::min(kEdge, tokens.size())));
  hasher.update(tokens.last(std::min(kEdge, tokens.size())));
  if (mask_) hasher.update(mask_->bytes());
  return hasher.hex();
}

void TokenFile::verify() const {
  if (!info_) {
    throw ConfigError(
        format("data.verify: there is no {} with the hash of the tokens; make the files with "
               "`trireme data prepare`, or leave data.verify out",
               corpus_info_path(prefix_).string()));
  }
  ContentHasher hasher;
  std::vector<TokenId> document;
  std::vector<uint8_t> counted;
  for (int64_t d = 0; d < num_documents(); ++d) {
    const int64_t first = document_begin(d), length = document_begin(d + 1) - first;
    document.resize(static_cast<size_t>(length));
    copy(first, document);
    if (mask_) {
      counted.resize(document.size());
      mask_->copy(first, counted);
    }
    hash_document(hasher, document, counted);
  }
  if (hasher.hex() == info_->content_hash) return;
  throw FormatError(
      format("{} with its index is not what was prepared: the hash of its tokens is {}, but {} has {}: "
             "damaged; prepare the data again",
             formats::megatron_bin_path(prefix_).string(), hasher.hex(), corpus_info_path(prefix_).string(),
             info_->content_hash));
}

}  // namespace trireme::data
