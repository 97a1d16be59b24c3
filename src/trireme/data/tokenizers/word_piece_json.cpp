#include "trireme/data/tokenizers/word_piece_json.h"

#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/tokenizer_json_parts.h"

namespace trireme::data {

namespace {

using Json = nlohmann::json;

void expect_type(const Json& tokenizer, const char* part, const char* type) {
  const Json json = tokenizer.value(part, Json());
  const std::string found = json.is_null() ? "null" : json.value("type", "?");
  if (found != type) {
    throw ConfigError(format("{} {} is not supported with a WordPiece model, only {}", part, found, type));
  }
}

BertNormalizer read_normalizer(const Json& json) {
  BertNormalizer normalizer;
  normalizer.clean_text = json.value("clean_text", true);
  normalizer.handle_chinese_chars = json.value("handle_chinese_chars", true);
  normalizer.lowercase = json.value("lowercase", true);
  const Json strip = json.value("strip_accents", Json());
  normalizer.strip_accents = strip.is_null() ? normalizer.lowercase : strip.get<bool>();
  return normalizer;
}

}  // namespace

WordPieceVocabulary word_piece_from_json(const Json& tokenizer, const Json& config, const std::string& where) {
  expect_type(tokenizer, "normalizer", "BertNormalizer");
  expect_type(tokenizer, "pre_tokenizer", "BertPreTokenizer");
  const Json& model = tokenizer.at("model");
  WordPieceVocabulary vocabulary;
  vocabulary.tokens = read_vocab(tokenizer, where);
  vocabulary.added = read_added_tokens(tokenizer, /*has_normalizer=*/true, where);
  for (const AddedToken& token : vocabulary.added) {
    const auto id = static_cast<size_t>(token.id);
    if (id >= vocabulary.tokens.size()) vocabulary.tokens.resize(id + 1);
    vocabulary.tokens[id] = token.text;
  }
  vocabulary.normalizer = read_normalizer(tokenizer.at("normalizer"));
  vocabulary.unknown = model.value("unk_token", vocabulary.unknown);
  vocabulary.continuing = model.value("continuing_subword_prefix", vocabulary.continuing);
  vocabulary.max_word_characters = model.value("max_input_chars_per_word", vocabulary.max_word_characters);
  const TextEnds ends = read_ends(config, vocabulary.added);
  vocabulary.bos = ends.bos;
  vocabulary.eos = ends.eos;
  return vocabulary;
}

}  // namespace trireme::data
