#include "trireme/data/tokenizers/tokenizer_json_parts.h"

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

using Json = nlohmann::json;

/// Token names that end a document, by family; the first that the vocabulary has is eos.
constexpr const char* kUsualEos[] = {"<|endoftext|>", "<|end_of_text|>", "</s>"};

AddedToken read_added(const Json& json, bool has_normalizer, size_t num_tokens, const std::string& where) {
  const std::string text = json.at("content");
  const auto refuse_if = [&](bool condition, const char* what) {
    if (condition) throw ConfigError(format("added token \"{}\": {} is not supported", text, what));
  };
  for (const char* key : {"lstrip", "rstrip", "single_word"}) refuse_if(json.value(key, false), key);
  refuse_if(has_normalizer && json.value("normalized", false), "normalized");
  if (text.empty()) throw ConfigError("an added token has no text");
  const int64_t id = json.at("id");
  check_id(id, num_tokens, text, where);
  return {static_cast<TokenId>(id), text, json.value("special", false)};
}

std::optional<TokenId> added_id(const std::vector<AddedToken>& added, const std::string& text) {
  for (const AddedToken& token : added) {
    if (token.text == text) return token.id;
  }
  return std::nullopt;
}

std::optional<TokenId> configured_id(const std::vector<AddedToken>& added, const Json& config, const char* key) {
  if (!config.contains(key) || config[key].is_null()) return std::nullopt;
  const Json& value = config[key];
  return added_id(added, value.is_object() ? value.value("content", "") : value.get<std::string>());
}

}  // namespace

void check_id(int64_t id, size_t num_tokens, const std::string& token, const std::string& where) {
  // Ids have few gaps: some models reserve a block for added tokens. Each id up to the last takes memory.
  const auto limit = static_cast<int64_t>(2 * num_tokens + 1024);
  if (id < 0 || id >= limit) throw FormatError(format("{}: token \"{}\" has id {}", where, token, id));
}

std::vector<std::string> read_vocab(const Json& tokenizer, const std::string& where) {
  std::vector<std::string> tokens;
  const Json& vocab = tokenizer.at("model").at("vocab");
  for (const auto& [token, value] : vocab.items()) {
    const int64_t id = value;
    check_id(id, vocab.size(), token, where);
    if (static_cast<size_t>(id) >= tokens.size()) tokens.resize(static_cast<size_t>(id) + 1);
    std::string& slot = tokens[static_cast<size_t>(id)];
    if (!slot.empty()) throw FormatError(format("{}: id {} is both \"{}\" and \"{}\"", where, id, slot, token));
    slot = token;
  }
  return tokens;
}

std::vector<AddedToken> read_added_tokens(const Json& tokenizer, bool has_normalizer, const std::string& where) {
  const size_t num_tokens = tokenizer.at("model").at("vocab").size();
  std::vector<AddedToken> added;
  for (const Json& token : tokenizer.value("added_tokens", Json::array())) {
    added.push_back(read_added(token, has_normalizer, num_tokens, where));
  }
  return added;
}

TextEnds read_ends(const Json& config, const std::vector<AddedToken>& added) {
  TextEnds ends;
  if (!config.is_null()) {
    ends.bos = configured_id(added, config, "bos_token");
    ends.eos = configured_id(added, config, "eos_token");
    return ends;
  }
  for (const char* name : kUsualEos) {
    if (!ends.eos) ends.eos = added_id(added, name);
  }
  return ends;
}

}  // namespace trireme::data
