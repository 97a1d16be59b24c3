#include "trireme/data/tokenizers/bpe_tokenizer.h"

#include "trireme/data/tokenizers/bpe_encoder.h"
#include "trireme/data/tokenizers/identity_hasher.h"

namespace trireme::data {

namespace {

std::string identity_of(const BpeVocabulary& vocabulary) {
  IdentityHasher hasher;
  hasher.put("byte-level bpe 1");
  hasher.put(vocabulary.pre_tokenizer.pattern);
  hasher.put(vocabulary.ignore_merges);
  hasher.put(static_cast<int64_t>(vocabulary.tokens.size()));
  for (const std::string& token : vocabulary.tokens) hasher.put(token);
  hasher.put(static_cast<int64_t>(vocabulary.merges.size()));
  hasher.put_bytes(std::as_bytes(std::span(vocabulary.merges)));
  for (const AddedToken& token : vocabulary.added) {
    hasher.put(token.id);
    hasher.put(token.special);
  }
  // Only where they say something, so that vocabularies without them keep the identity they had before.
  if (vocabulary.nfc) hasher.put("nfc");
  if (vocabulary.joins_by_id) hasher.put("joins by id");
  return hasher.hex();
}

TokenizerFacts facts_of(const BpeVocabulary& vocabulary) {
  return {.vocab_size = static_cast<int64_t>(vocabulary.tokens.size()),
          .bos = vocabulary.bos,
          .eos = vocabulary.eos,
          .special_tokens = special_tokens_of(vocabulary.added),
          .identity = identity_of(vocabulary),
          .may_cut_before_space = vocabulary.pre_tokenizer.may_cut_before_space && !any_holds_space(vocabulary.added)};
}

}  // namespace

BpeTokenizer::BpeTokenizer(BpeVocabulary vocabulary)
    : Tokenizer(facts_of(vocabulary)),
      vocabulary_(std::move(vocabulary)),
      merges_(vocabulary_.merges),
      split_(compile_split_pattern(vocabulary_.pre_tokenizer)),
      added_(vocabulary_.added) {
  std::vector<bool> is_added(vocabulary_.tokens.size(), false);
  for (const AddedToken& token : vocabulary_.added) is_added[static_cast<size_t>(token.id)] = true;
  byte_ids_.fill(-1);
  const bool by_bytes = vocabulary_.ignore_merges || vocabulary_.joins_by_id;
  if (by_bytes) by_bytes_ = TokenIds(vocabulary_.tokens);
  for (size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
    const std::string& token = vocabulary_.tokens[id];
    if (is_added[id] || token.empty()) continue;
    if (token.size() == 1) byte_ids_[static_cast<unsigned char>(token[0])] = static_cast<TokenId>(id);
    if (by_bytes) by_bytes_.insert(static_cast<TokenId>(id));
  }
}

std::unique_ptr<Encoder> BpeTokenizer::make_encoder() const { return std::make_unique<BpeEncoder>(*this); }

std::string BpeTokenizer::decode_known(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) text += vocabulary_.tokens[static_cast<size_t>(id)];
  return text;
}

}  // namespace trireme::data
