#include "trireme/data/tokenizer_json.h"

#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/data/byte_level.h"

namespace trireme::data {

namespace {

using Json = nlohmann::json;

/// Token names that end a document, by family; the first that the vocabulary has is eos.
constexpr const char* kUsualEos[] = {"<|endoftext|>", "<|end_of_text|>", "</s>"};

Json parse_file(const fs::path& path) {
  try {
    return Json::parse(read_file(path));
  } catch (const Json::exception& problem) {
    throw FormatError(format("{}: not valid JSON: {}", path.string(), problem.what()));
  }
}

/// Refuses what would change ids and is not built.
void check_supported(const Json& json) {
  const Json& model = json.at("model");
  const std::string type = model.value("type", "BPE");
  if (type != "BPE") throw ConfigError(format("model type {} is not supported, only BPE", type));
  const auto refuse_if = [&](bool condition, const char* what) {
    if (condition) throw ConfigError(format("{} is not supported", what));
  };
  const auto set = [&](const char* key) {
    return model.contains(key) && !model[key].is_null() && model[key] != "" && model[key] != false && model[key] != 0;
  };
  refuse_if(set("dropout"), "model.dropout");
  refuse_if(set("continuing_subword_prefix"), "model.continuing_subword_prefix");
  refuse_if(set("end_of_word_suffix"), "model.end_of_word_suffix");
  refuse_if(set("byte_fallback"), "model.byte_fallback (SentencePiece)");
  const Json& normalizer = json.contains("normalizer") ? json["normalizer"] : Json();
  const bool empty_sequence = normalizer.is_object() && normalizer.value("type", "") == "Sequence" &&
                              normalizer.value("normalizers", Json::array()).empty();
  if (!normalizer.is_null() && !empty_sequence) {
    throw ConfigError(format("normalizer {} is not supported", normalizer.value("type", "?")));
  }
}

AddedToken read_added(const Json& json, size_t num_tokens, const std::string& where) {
  const std::string text = json.at("content");
  for (const char* key : {"lstrip", "rstrip", "single_word"}) {
    if (json.value(key, false)) throw ConfigError(format("added token \"{}\": {} is not supported", text, key));
  }
  if (text.empty()) throw ConfigError("an added token has no text");
  const int64_t id = json.at("id");
  check_id(id, num_tokens, text, where);
  return {static_cast<TokenId>(id), text, json.value("special", false)};
}

BpeText read_text(const Json& json, const std::string& where) {
  BpeText text;
  const Json& vocab = json.at("model").at("vocab");
  for (const Json& added : json.value("added_tokens", Json::array())) {
    text.added.push_back(read_added(added, vocab.size(), where));
  }
  for (const auto& [token, value] : vocab.items()) {
    const int64_t id = value;
    check_id(id, vocab.size(), token, where);
    if (static_cast<size_t>(id) >= text.tokens.size()) text.tokens.resize(static_cast<size_t>(id) + 1);
    std::string& slot = text.tokens[static_cast<size_t>(id)];
    if (!slot.empty()) throw FormatError(format("{}: id {} is both \"{}\" and \"{}\"", where, id, slot, token));
    slot = token;
  }
  for (const Json& merge : json.at("model").at("merges")) {
    if (merge.is_string()) {
      text.merges.push_back(split_merge(merge, where));
    } else {
      text.merges.emplace_back(merge.at(0), merge.at(1));
    }
  }
  return text;
}

std::optional<TokenId> added_id(const BpeVocabulary& vocabulary, const std::string& text) {
  for (const AddedToken& token : vocabulary.added) {
    if (token.text == text) return token.id;
  }
  return std::nullopt;
}

std::optional<TokenId> configured_id(const BpeVocabulary& vocabulary, const Json& config, const char* key) {
  if (!config.contains(key) || config[key].is_null()) return std::nullopt;
  const Json& value = config[key];
  return added_id(vocabulary, value.is_object() ? value.value("content", "") : value.get<std::string>());
}

void set_ends(const Json& config, BpeVocabulary& vocabulary) {
  if (!config.is_null()) {
    vocabulary.bos = configured_id(vocabulary, config, "bos_token");
    vocabulary.eos = configured_id(vocabulary, config, "eos_token");
    return;
  }
  for (const char* name : kUsualEos) {
    if (!vocabulary.eos) vocabulary.eos = added_id(vocabulary, name);
  }
}

Json added_to_json(const AddedToken& token) {
  return {{"id", token.id},  {"content", token.text}, {"single_word", false},    {"lstrip", false},
          {"rstrip", false}, {"normalized", false},   {"special", token.special}};
}

}  // namespace

BpeVocabulary vocabulary_from_json(const Json& tokenizer, const Json& config, const std::string& where) {
  try {
    check_supported(tokenizer);
    BpeVocabulary vocabulary = vocabulary_from_text(read_text(tokenizer, where), where);
    vocabulary.pre_tokenizer = pre_tokenizer_from_json(tokenizer.value("pre_tokenizer", Json()));
    vocabulary.ignore_merges = tokenizer.at("model").value("ignore_merges", false);
    set_ends(config, vocabulary);
    return vocabulary;
  } catch (const ConfigError& problem) {
    throw ConfigError(format("{}: {}", where, problem.what()));
  } catch (const Json::exception& problem) {
    throw FormatError(format("{}: not a tokenizer.json: {}", where, problem.what()));
  }
}

BpeVocabulary read_tokenizer_json(const fs::path& path) {
  const fs::path config_path = path.parent_path() / "tokenizer_config.json";
  const Json config = fs::exists(config_path) ? parse_file(config_path) : Json();
  return vocabulary_from_json(parse_file(path), config, path.string());
}

std::string tokenizer_json(const BpeVocabulary& vocabulary) {
  Json added = Json::array();
  std::vector<bool> is_added(vocabulary.tokens.size(), false);
  for (const AddedToken& token : vocabulary.added) {
    added.push_back(added_to_json(token));
    is_added[static_cast<size_t>(token.id)] = true;
  }
  std::vector<std::string> text;
  Json vocab = Json::object();
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    text.push_back(is_added[id] ? token : bytes_to_byte_level(token));
    if (!token.empty()) vocab[text.back()] = id;
  }
  Json merges = Json::array();
  for (const Merge& merge : vocabulary.merges) {
    merges.push_back(text[static_cast<size_t>(merge.left)] + " " + text[static_cast<size_t>(merge.right)]);
  }
  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const Json model = {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", nullptr},
                      {"continuing_subword_prefix", nullptr},
                      {"end_of_word_suffix", nullptr},
                      {"fuse_unk", false},
                      {"byte_fallback", false},
                      {"ignore_merges", vocabulary.ignore_merges},
                      {"vocab", std::move(vocab)},
                      {"merges", std::move(merges)}};
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", std::move(added)},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", pre_tokenizer_to_json(vocabulary.pre_tokenizer)},
                     {"post_processor", nullptr},
                     {"decoder", byte_level},
                     {"model", model}};
  return json.dump(2) + "\n";
}

}  // namespace trireme::data
