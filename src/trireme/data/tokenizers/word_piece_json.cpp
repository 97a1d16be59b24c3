#include "trireme/data/tokenizers/word_piece_json.h"

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/data/tokenizers/tokenizer_json_parts.h"

namespace trireme::data {

using formats::JsonObject;
using formats::JsonView;

namespace {

void expect_type(const JsonObject& tokenizer, const char* part, const char* type) {
  const std::string found = tokenizer.has(part) ? tokenizer.object(part).text_or("type", "?") : "null";
  if (found != type) {
    throw ConfigError(format("{} {} is not supported with a WordPiece model, only {}", part, shortened(found), type));
  }
}

BertNormalizer read_normalizer(const JsonObject& json) {
  BertNormalizer normalizer;
  normalizer.clean_text = json.boolean_or("clean_text", true);
  normalizer.handle_chinese_chars = json.boolean_or("handle_chinese_chars", true);
  normalizer.lowercase = json.boolean_or("lowercase", true);
  normalizer.strip_accents = json.boolean_or("strip_accents", normalizer.lowercase);
  return normalizer;
}

}  // namespace

WordPieceVocabulary word_piece_from_json(const JsonView& json, const JsonView& config, const std::string& where) {
  const JsonObject tokenizer(json, where), model = tokenizer.object("model");
  expect_type(tokenizer, "normalizer", "BertNormalizer");
  expect_type(tokenizer, "pre_tokenizer", "BertPreTokenizer");
  WordPieceVocabulary vocabulary;
  vocabulary.tokens = read_vocab(model, where);
  vocabulary.added = read_added_tokens(tokenizer, vocabulary.tokens.size(), /*has_normalizer=*/true, where);
  for (const AddedToken& token : vocabulary.added) {
    const auto id = static_cast<size_t>(token.id);
    if (id >= vocabulary.tokens.size()) vocabulary.tokens.resize(id + 1);
    vocabulary.tokens[id] = token.text;
  }
  vocabulary.normalizer = read_normalizer(tokenizer.object("normalizer"));
  vocabulary.unknown = model.text_or("unk_token", vocabulary.unknown);
  vocabulary.continuing = model.text_or("continuing_subword_prefix", vocabulary.continuing);
  vocabulary.max_word_characters = model.integer_or("max_input_chars_per_word", vocabulary.max_word_characters);
  const TextEnds ends = read_ends(config, vocabulary.added, where);
  vocabulary.bos = ends.bos;
  vocabulary.eos = ends.eos;
  return vocabulary;
}

}  // namespace trireme::data
