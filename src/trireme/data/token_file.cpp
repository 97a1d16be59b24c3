#include "trireme/data/token_file.h"

#include <algorithm>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/data/corpus_info.h"

namespace trireme::data {

TokenFile::TokenFile(const std::string& prefix) : prefix_(prefix), reader_(prefix) {
  int64_t expected = 0;
  for (int64_t sequence = 0; sequence < reader_.num_sequences(); ++sequence) {
    if (reader_.first_token(sequence) != expected) {
      throw ConfigError(format("{}: sequence {} starts at token {}, not {}: sequences must lie back to back",
                               formats::megatron_idx_path(prefix).string(), sequence, reader_.first_token(sequence),
                               expected));
    }
    expected += reader_.length(sequence);
  }
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
  if (const auto info = read_corpus_info(prefix_); info && info->tokens == num_tokens()) return info->content_hash;
  constexpr size_t kEdge = size_t{1} << 20;
  const std::span<const std::byte> tokens = reader_.all_tokens().bytes();
  ContentHasher hasher;
  hasher.update(MappedFile(formats::megatron_idx_path(prefix_)).bytes());
  hasher.update(format("{}", tokens.size()));
  hasher.update(tokens.first(std::min(kEdge, tokens.size())));
  hasher.update(tokens.last(std::min(kEdge, tokens.size())));
  return hasher.hex();
}

}  // namespace trireme::data
