#include "trireme/formats/gguf_tokenizer.h"

#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/formats/gguf_pre_tokenizer.h"
#include "trireme/formats/gguf_token_types.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

const std::string kModel = "tokenizer.ggml.model";
const std::string kPre = "tokenizer.ggml.pre";
const std::string kTokens = "tokenizer.ggml.tokens";
const std::string kTypes = "tokenizer.ggml.token_type";
const std::string kMerges = "tokenizer.ggml.merges";
const std::string kAddBos = "tokenizer.ggml.add_bos_token";
const std::string kBosId = "tokenizer.ggml.bos_token_id";

GgufPreTokenizer pre_tokenizer(const GgufFile& file) {
  const std::string name = file.text(kPre);
  const auto rules = gguf_pre_tokenizer(name);
  if (!rules) file.fail(kPre, format("\"{}\" is not supported; supported are {}", name, gguf_pre_tokenizer_names()));
  return *rules;
}

/// One for each token.
std::vector<GgufTokenType> token_types(const GgufFile& file, const std::vector<std::string>& tokens) {
  const std::vector<int32_t> numbers = file.integers(kTypes);
  if (numbers.size() != tokens.size()) {
    file.fail(kTypes, format("{} entries for {} tokens", numbers.size(), tokens.size()));
  }
  std::vector<GgufTokenType> types;
  for (const int32_t number : numbers) types.push_back(static_cast<GgufTokenType>(number));
  return types;
}

json vocabulary(const GgufFile& file, const std::vector<std::string>& tokens) {
  json vocab = json::object();
  const std::vector<GgufTokenType> types = token_types(file, tokens);
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (types[id] == GgufTokenType::kUnused) continue;
    if (vocab.contains(tokens[id])) file.fail(kTokens, format("entry {} repeats \"{}\"", id, tokens[id]));
    vocab[tokens[id]] = id;
  }
  return vocab;
}

json merges(const GgufFile& file) {
  json list = json::array();
  for (const std::string& pair : file.texts(kMerges)) {
    const size_t space = pair.find(' ');
    if (space == 0 || space == pair.npos || space + 1 == pair.size()) {
      file.fail(kMerges, format("entry {} is \"{}\", not two tokens", list.size(), pair));
    }
    list.push_back({pair.substr(0, space), pair.substr(space + 1)});
  }
  return list;
}

json added_tokens(const GgufFile& file, const std::vector<std::string>& tokens) {
  json list = json::array();
  const std::vector<GgufTokenType> types = token_types(file, tokens);
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (types[id] != GgufTokenType::kUnknown && types[id] != GgufTokenType::kControl &&
        types[id] != GgufTokenType::kUserDefined) {
      continue;
    }
    list.push_back({{"id", id},
                    {"content", tokens[id]},
                    {"single_word", false},
                    {"lstrip", false},
                    {"rstrip", false},
                    {"normalized", false},
                    {"special", types[id] != GgufTokenType::kUserDefined}});
  }
  return list;
}

std::string token_at(const GgufFile& file, const std::vector<std::string>& tokens, const std::string& key) {
  const int64_t id = file.integer(key);
  if (id < 0 || id >= static_cast<int64_t>(tokens.size()))
    file.fail(key, format("{} is not an id of {} tokens", id, tokens.size()));
  return tokens[static_cast<size_t>(id)];
}

bool adds_bos(const GgufFile& file) { return file.has(kAddBos) && file.boolean(kAddBos); }

/// Puts the bos token before every text, where the file asks for it.
json post_processor(const GgufFile& file, const std::vector<std::string>& tokens) {
  if (!adds_bos(file)) return nullptr;
  const std::string bos = token_at(file, tokens, kBosId);
  const json special = {{"SpecialToken", {{"id", bos}, {"type_id", 0}}}};
  const json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const json second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  return {{"type", "TemplateProcessing"},
          {"single", {special, text}},
          {"pair", {special, text, special, second}},
          {"special_tokens", {{bos, {{"id", bos}, {"ids", {file.integer(kBosId)}}, {"tokens", {bos}}}}}}};
}

}  // namespace

json tokenizer_json_from_gguf(const GgufFile& file) {
  const std::string model = file.text(kModel);
  if (model != "gpt2") {
    file.fail(
        kModel,
        format(
            "\"{}\" is not supported; supported are gpt2, which is byte-level BPE, and llama, which is SentencePiece",
            model));
  }
  const std::vector<std::string> tokens = file.texts(kTokens);
  const GgufPreTokenizer rules = pre_tokenizer(file);
  const json decoder = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}};
  json bpe = {{"type", "BPE"},
              {"dropout", nullptr},
              {"unk_token", nullptr},
              {"continuing_subword_prefix", nullptr},
              {"end_of_word_suffix", nullptr},
              {"fuse_unk", false},
              {"byte_fallback", false},
              {"ignore_merges", rules.ignore_merges},
              {"vocab", vocabulary(file, tokens)},
              {"merges", merges(file)}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens(file, tokens)},
          {"normalizer", rules.normalizer},
          {"pre_tokenizer", rules.pre_tokenizer},
          {"post_processor", post_processor(file, tokens)},
          {"decoder", decoder},
          {"model", std::move(bpe)}};
}

json tokenizer_config_from_gguf(const GgufFile& file) {
  const std::vector<std::string> tokens = file.texts(kTokens);
  json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                 {"clean_up_tokenization_spaces", false},
                 {"add_prefix_space", false},
                 {"add_bos_token", adds_bos(file)}};
  const std::map<std::string, std::string> roles = {{"bos_token", "tokenizer.ggml.bos_token_id"},
                                                    {"eos_token", "tokenizer.ggml.eos_token_id"},
                                                    {"unk_token", "tokenizer.ggml.unknown_token_id"},
                                                    {"pad_token", "tokenizer.ggml.padding_token_id"}};
  for (const auto& [role, key] : roles) {
    if (file.has(key)) config[role] = token_at(file, tokens, key);
  }
  if (file.has("tokenizer.chat_template")) config["chat_template"] = file.text("tokenizer.chat_template");
  return config;
}

}  // namespace trireme::formats
