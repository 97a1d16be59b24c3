#include "trireme/data/tokenizers/bpe_vocabulary.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/data/tokenizers/byte_level.h"

namespace trireme::data {

namespace {

/// Of two merges of one pair, the tables of other programs may take the other one: the ids would differ.
void refuse_repeated(const BpeVocabulary& vocabulary, const std::string& where) {
  std::vector<std::pair<TokenId, TokenId>> pairs;
  pairs.reserve(vocabulary.merges.size());
  for (const Merge& merge : vocabulary.merges) pairs.emplace_back(merge.left, merge.right);
  std::sort(pairs.begin(), pairs.end());
  const auto twice = std::adjacent_find(pairs.begin(), pairs.end());
  if (twice == pairs.end()) return;
  const auto text = [&](TokenId id) {
    return shortened(bytes_to_byte_level(vocabulary.tokens[static_cast<size_t>(id)]));
  };
  throw FormatError(
      format("{}: the merge of \"{}\" and \"{}\" is there twice", where, text(twice->first), text(twice->second)));
}

}  // namespace

BpeVocabularyBuilder::BpeVocabularyBuilder(std::vector<std::string> tokens, std::vector<AddedToken> added,
                                           std::string where)
    : where_(std::move(where)) {
  vocabulary_.tokens = std::move(tokens);
  vocabulary_.added = std::move(added);
  std::vector<bool> is_added(vocabulary_.tokens.size(), false);
  for (const AddedToken& token : vocabulary_.added) {
    const auto id = static_cast<size_t>(token.id);
    if (id >= vocabulary_.tokens.size()) vocabulary_.tokens.resize(id + 1);
    is_added.resize(vocabulary_.tokens.size(), false);
    vocabulary_.tokens[id] = token.text;
    is_added[id] = true;
  }
  ids_ = TokenIds(vocabulary_.tokens);
  for (size_t id = 0; id < vocabulary_.tokens.size(); ++id) {
    std::string& token = vocabulary_.tokens[id];
    if (is_added[id] || token.empty()) continue;
    token = to_bytes(token);
    if (!ids_.insert(static_cast<TokenId>(id))) {
      throw FormatError(format("{}: token \"{}\" is there twice", where_, shortened(bytes_to_byte_level(token))));
    }
  }
}

TokenId BpeVocabularyBuilder::id_of(std::string_view bytes) const {
  const auto id = ids_.find(bytes);
  if (id) return *id;
  throw FormatError(format("{}: merge {} needs \"{}\", which is not in the vocabulary", where_,
                           vocabulary_.merges.size(), shortened(bytes_to_byte_level(bytes))));
}

std::string BpeVocabularyBuilder::to_bytes(std::string_view token) const {
  auto bytes = byte_level_to_bytes(token);
  if (!bytes) throw FormatError(format("{}: \"{}\" is not in the byte-level alphabet", where_, shortened(token)));
  return std::move(*bytes);
}

void BpeVocabularyBuilder::add_merge(std::string_view left, std::string_view right) {
  std::string bytes = to_bytes(left);
  const std::string right_bytes = to_bytes(right);
  const TokenId left_id = id_of(bytes), right_id = id_of(right_bytes);
  bytes += right_bytes;
  vocabulary_.merges.push_back({left_id, right_id, id_of(bytes)});
}

BpeVocabulary BpeVocabularyBuilder::finish() {
  ids_ = {};
  refuse_repeated(vocabulary_, where_);
  return std::move(vocabulary_);
}

std::pair<std::string_view, std::string_view> split_merge(std::string_view merge, const std::string& where) {
  const size_t space = merge.find(' ');
  if (space == merge.npos || space == 0 || space + 1 == merge.size() || merge.find(' ', space + 1) != merge.npos) {
    throw FormatError(format("{}: merge \"{}\" is not two tokens with a space between", where, shortened(merge)));
  }
  return {merge.substr(0, space), merge.substr(space + 1)};
}

}  // namespace trireme::data
