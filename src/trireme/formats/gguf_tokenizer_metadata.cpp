#include "trireme/formats/gguf_tokenizer_metadata.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/formats/gguf_pre_tokenizer.h"
#include "trireme/formats/gguf_token_roles.h"
#include "trireme/formats/gguf_token_types.h"
#include "trireme/formats/json_file.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

/// Of a small part.
json to_tree(const JsonView& part) { return json::parse(part.text()); }

constexpr std::array kUsualEos = {"<|endoftext|>", "<|end_of_text|>", "</s>"};

/// Tokens by id, with their types.
class Vocabulary {
 public:
  Vocabulary(const JsonObject& tokenizer, int64_t vocab_size) : tokenizer_(tokenizer), tokens_(checked(vocab_size)) {
    types_.assign(tokens_.size(), static_cast<int32_t>(GgufTokenType::kUnused));
    for (size_t id = 0; id < tokens_.size(); ++id) tokens_[id] = format("[PAD{}]", id);
    const JsonObject model = tokenizer.object("model");
    for (const auto& [token, value] : model.object("vocab").members()) {
      const auto id = value.integer();
      if (!id) model.fail("vocab", format("the id of {} is {}", token.shown(), value.shown()));
      put(*id, token.string(), GgufTokenType::kNormal);
    }
    if (!tokenizer.has("added_tokens")) return;
    for (const JsonView& entry : tokenizer.list("added_tokens").elements()) {
      const JsonObject added(entry, tokenizer.source(), "added_tokens");
      put(added.integer("id"), added.text("content"),
          added.boolean_or("special", false) ? GgufTokenType::kControl : GgufTokenType::kUserDefined);
    }
  }

  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<int32_t>& types() const { return types_; }
  const std::map<std::string, uint32_t>& ids() const { return ids_; }

 private:
  size_t checked(int64_t vocab_size) const {
    constexpr int64_t kMostTokens = int64_t{1} << 24;  // so that a broken config.json costs no memory
    if (vocab_size < 0 || vocab_size > kMostTokens) tokenizer_.fail("model", format("a vocabulary of {}", vocab_size));
    return static_cast<size_t>(vocab_size);
  }
  void put(int64_t id, const std::string& token, GgufTokenType type) {
    if (id < 0 || id >= static_cast<int64_t>(tokens_.size())) {
      tokenizer_.fail("model", format("\"{}\" has id {}, but the model's vocabulary is {}", token, id, tokens_.size()));
    }
    tokens_[static_cast<size_t>(id)] = token;
    types_[static_cast<size_t>(id)] = static_cast<int32_t>(type);
    ids_[token] = static_cast<uint32_t>(id);
  }

  const JsonObject& tokenizer_;
  std::vector<std::string> tokens_;
  std::vector<int32_t> types_;
  std::map<std::string, uint32_t> ids_;
};

std::string pre_tokenizer_name(const JsonObject& tokenizer) {
  const JsonObject model = tokenizer.object("model");
  if (model.text_or("type", "") != "BPE" || model.boolean_or("byte_fallback", false)) {
    tokenizer.fail("model", "GGUF is written with byte-level BPE tokenizers only");
  }
  const auto part = [&](const char* key) { return tokenizer.has(key) ? to_tree(tokenizer.at(key)) : json(nullptr); };
  const auto name =
      gguf_pre_tokenizer_name({part("pre_tokenizer"), part("normalizer"), model.boolean_or("ignore_merges", false)});
  if (!name) {
    tokenizer.fail("pre_tokenizer",
                   format("GGUF has no name for these rules of cutting text; it has {}", gguf_pre_tokenizer_names()));
  }
  return *name;
}

/// "a b", which may be written as ["a", "b"] too.
std::optional<std::string> merge_text(const JsonView& merge) {
  if (merge.is_string()) return merge.string();
  const auto pair = merge.pair();
  if (!pair || !pair->first.is_string() || !pair->second.is_string()) return std::nullopt;
  return pair->first.string() + " " + pair->second.string();
}

std::vector<std::string> merges(const JsonObject& model) {
  std::vector<std::string> list;
  for (const JsonView& merge : model.list("merges").elements()) {
    auto text = merge_text(merge);
    if (!text) model.fail("merges", format("entry {} is {}, not two tokens", list.size(), merge.shown()));
    list.push_back(std::move(*text));
  }
  return list;
}

/// Whether a TemplateProcessing, itself or one of a Sequence, puts a special token first.
bool adds_bos(const json& processor) {
  if (!processor.is_object()) return false;
  if (processor.contains("processors")) {
    const json& parts = processor["processors"];
    return std::any_of(parts.begin(), parts.end(), adds_bos);
  }
  const json single = processor.value("single", json::array());
  return !single.empty() && single[0].is_object() && single[0].contains("SpecialToken");
}

/// Without a config eos is the token with one of the usual names.
void add_usual_eos(const Vocabulary& vocabulary, GgufMetadata& metadata) {
  for (const char* eos : kUsualEos) {
    const auto found = vocabulary.ids().find(eos);
    if (found == vocabulary.ids().end()) continue;
    metadata.emplace_back("tokenizer.ggml.eos_token_id", found->second);
    return;
  }
}

GgufMetadata convert(const JsonView& value, const json& config, int64_t vocab_size, const std::string& source) {
  const JsonObject tokenizer(value, source);
  const std::string pre = pre_tokenizer_name(tokenizer);
  const Vocabulary vocabulary(tokenizer, vocab_size);
  GgufMetadata metadata = {{"tokenizer.ggml.model", "gpt2"},
                           {"tokenizer.ggml.pre", pre},
                           {"tokenizer.ggml.tokens", vocabulary.tokens()},
                           {"tokenizer.ggml.token_type", vocabulary.types()},
                           {"tokenizer.ggml.merges", merges(tokenizer.object("model"))}};
  const bool bos = tokenizer.has("post_processor") && adds_bos(to_tree(tokenizer.at("post_processor")));
  metadata.emplace_back("tokenizer.ggml.add_bos_token", bos);
  add_gguf_roles(vocabulary.ids(), config, metadata);
  if (config.is_null()) add_usual_eos(vocabulary, metadata);
  return metadata;
}

}  // namespace

GgufMetadata gguf_tokenizer_metadata(const JsonView& tokenizer, const json& config, int64_t vocab_size,
                                     const std::string& source) {
  try {
    return convert(tokenizer, config, vocab_size, source);
  } catch (const json::exception& problem) {  // a list where a text should be, and the like
    throw FormatError(format("{}: not a tokenizer's description: {}", source, problem.what()));
  }
}

}  // namespace trireme::formats
