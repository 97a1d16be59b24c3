#include "trireme/data/tokenizers/bpe_vocabulary.h"

#include <unordered_map>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/byte_level.h"

namespace trireme::data {

namespace {

using Ids = std::unordered_map<std::string, TokenId>;

TokenId id_of(const Ids& ids, const std::string& bytes, size_t rank, const std::string& where) {
  const auto found = ids.find(bytes);
  if (found != ids.end()) return found->second;
  throw FormatError(
      format("{}: merge {} needs \"{}\", which is not in the vocabulary", where, rank, bytes_to_byte_level(bytes)));
}

std::string to_bytes(const std::string& token, const std::string& where) {
  auto bytes = byte_level_to_bytes(token);
  if (!bytes) throw FormatError(format("{}: \"{}\" is not in the byte-level alphabet", where, token));
  return std::move(*bytes);
}

}  // namespace

BpeVocabulary vocabulary_from_text(const BpeText& text, const std::string& where) {
  BpeVocabulary vocabulary;
  vocabulary.added = text.added;
  vocabulary.tokens.resize(text.tokens.size());
  std::vector<bool> is_added(text.tokens.size(), false);
  for (const AddedToken& token : text.added) {
    const auto id = static_cast<size_t>(token.id);
    if (id >= vocabulary.tokens.size()) vocabulary.tokens.resize(id + 1);
    is_added.resize(vocabulary.tokens.size(), false);
    vocabulary.tokens[id] = token.text;
    is_added[id] = true;
  }
  Ids ids;
  for (size_t id = 0; id < text.tokens.size(); ++id) {
    if (is_added[id] || text.tokens[id].empty()) continue;
    vocabulary.tokens[id] = to_bytes(text.tokens[id], where);
    if (!ids.emplace(vocabulary.tokens[id], static_cast<TokenId>(id)).second) {
      throw FormatError(format("{}: token \"{}\" is there twice", where, text.tokens[id]));
    }
  }
  vocabulary.merges.reserve(text.merges.size());
  for (size_t rank = 0; rank < text.merges.size(); ++rank) {
    const std::string left = to_bytes(text.merges[rank].first, where);
    const std::string right = to_bytes(text.merges[rank].second, where);
    vocabulary.merges.push_back(
        {id_of(ids, left, rank, where), id_of(ids, right, rank, where), id_of(ids, left + right, rank, where)});
  }
  return vocabulary;
}

std::pair<std::string, std::string> split_merge(const std::string& merge, const std::string& where) {
  const size_t space = merge.find(' ');
  if (space == std::string::npos || space == 0 || space + 1 == merge.size() ||
      merge.find(' ', space + 1) != std::string::npos) {
    throw FormatError(format("{}: merge \"{}\" is not two tokens with a space between", where, merge));
  }
  return {merge.substr(0, space), merge.substr(space + 1)};
}

}  // namespace trireme::data
