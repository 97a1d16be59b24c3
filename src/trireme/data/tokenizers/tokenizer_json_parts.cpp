#include "trireme/data/tokenizers/tokenizer_json_parts.h"

#include <algorithm>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"

namespace trireme::data {

namespace {

using formats::JsonObject;
using formats::JsonView;

/// Token names that end a document, by family; the first that the vocabulary has is eos.
constexpr const char* kUsualEos[] = {"<|endoftext|>", "<|end_of_text|>", "</s>"};

/// Throws for an id that no vocabulary of about `num_tokens` has, before it costs memory: ids have few gaps (some
/// models reserve a block for added tokens), and each id up to the last takes some.
void check_id(int64_t id, size_t num_tokens, const std::string& token, const std::string& where) {
  const auto limit = static_cast<int64_t>(num_tokens + num_tokens / 2 + 1024);
  if (id < 0 || id >= limit) throw FormatError(format("{}: token \"{}\" has id {}", where, shortened(token), id));
}

AddedToken read_added(const JsonObject& json, bool has_normalizer, size_t num_tokens, const std::string& where) {
  const std::string text = json.text("content");
  const auto refuse_if = [&](bool condition, const char* what) {
    if (condition) throw ConfigError(format("added token \"{}\": {} is not supported", shortened(text), what));
  };
  for (const char* key : {"lstrip", "rstrip", "single_word"}) refuse_if(json.boolean_or(key, false), key);
  refuse_if(has_normalizer && json.boolean_or("normalized", false), "normalized");
  if (text.empty()) throw ConfigError("an added token has no text");
  const int64_t id = json.integer("id");
  check_id(id, num_tokens, text, where);
  return {static_cast<TokenId>(id), text, json.boolean_or("special", false)};
}

std::optional<TokenId> added_id(const std::vector<AddedToken>& added, const std::string& text) {
  for (const AddedToken& token : added) {
    if (token.text == text) return token.id;
  }
  return std::nullopt;
}

std::optional<TokenId> configured_id(const std::vector<AddedToken>& added, const JsonObject& config, const char* key) {
  if (!config.has(key)) return std::nullopt;
  return added_id(added, config.at(key).is_object() ? config.object(key).text_or("content", "") : config.text(key));
}

}  // namespace

std::vector<std::string> read_vocab(const JsonObject& model, const std::string& where) {
  constexpr std::string_view kUsual =
      R"("abc":1234,)";  // of thousands of tokens with ids of their own, none is shorter
  const JsonObject vocab = model.object("vocab");
  const size_t num_tokens = model.at("vocab").size_if_each_has(kUsual.size());
  size_t num_ids = 0;
  for (const auto& [key, value] : vocab.members()) {
    const auto id = value.integer();
    if (!id) vocab.fail(key.string(), format("expected a whole number, got {}", value.shown()));
    check_id(*id, num_tokens, key.string(), where);
    num_ids = std::max(num_ids, static_cast<size_t>(*id) + 1);
  }
  std::vector<std::string> tokens(num_ids);
  for (const auto& [key, value] : vocab.members()) {
    std::string& slot = tokens[static_cast<size_t>(*value.integer())];
    if (!slot.empty()) {
      throw FormatError(format("{}: id {} is both \"{}\" and {}", where, value.text(), shortened(slot), key.shown()));
    }
    slot = key.string();
  }
  return tokens;
}

std::vector<AddedToken> read_added_tokens(const JsonObject& tokenizer, size_t num_tokens, bool has_normalizer,
                                          const std::string& where) {
  std::vector<AddedToken> added;
  if (!tokenizer.has("added_tokens")) return added;
  const JsonView list = tokenizer.list("added_tokens");
  constexpr std::string_view kLeast = R"({"id":0,"content":"a"})";
  added.reserve(list.size_if_each_has(kLeast.size()));
  for (const JsonView& token : list.elements()) {
    added.push_back(read_added(JsonObject(token, where, "added_tokens"), has_normalizer, num_tokens, where));
  }
  return added;
}

TextEnds read_ends(const JsonView& config, const std::vector<AddedToken>& added, const std::string& where) {
  TextEnds ends;
  if (!config.is_null()) {
    const JsonObject object(config, where + ": tokenizer_config.json");
    ends.bos = configured_id(added, object, "bos_token");
    ends.eos = configured_id(added, object, "eos_token");
    return ends;
  }
  for (const char* name : kUsualEos) {
    if (!ends.eos) ends.eos = added_id(added, name);
  }
  return ends;
}

}  // namespace trireme::data
