#include "trireme/formats/gguf_sentence_piece.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "trireme/core/error.h"
#include "trireme/formats/gguf_token_roles.h"
#include "trireme/formats/gguf_token_types.h"
#include "trireme/formats/protobuf_writer.h"
#include "trireme/formats/sentence_piece_model.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

const std::string kTokens = "tokenizer.ggml.tokens";
const std::string kScores = "tokenizer.ggml.scores";
const std::string kTypes = "tokenizer.ggml.token_type";
const std::string kUnknownId = "tokenizer.ggml.unknown_token_id";
const std::string kAddBos = "tokenizer.ggml.add_bos_token";
const std::string kAddEos = "tokenizer.ggml.add_eos_token";
const std::string kAddSpacePrefix = "tokenizer.ggml.add_space_prefix";
constexpr std::string_view kSpacePiece = "\u2581";
constexpr float kScoreOfUnused = -10000.0f, kScoreOfAdded = -1000.0f;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

struct Tokens {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<int32_t> types;

  void put(size_t id, const std::string& text, float score, int32_t type) {
    texts[id] = text;
    scores[id] = score;
    types[id] = type;
  }
};

Tokens tokens_of(const SentencePieceModel& model, int64_t vocab_size, const std::string& source) {
  const auto size = static_cast<size_t>(vocab_size);
  if (model.pieces.size() > size) {
    throw FormatError(format("{}: {} pieces, but the model's vocabulary is {}", source, model.pieces.size(), size));
  }
  Tokens tokens;
  for (size_t id = 0; id < size; ++id) tokens.texts.push_back(format("[PAD{}]", id));
  tokens.scores.assign(size, kScoreOfUnused);
  tokens.types.assign(size, static_cast<int32_t>(GgufTokenType::kUnused));
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    tokens.put(id, piece.text, piece.score, static_cast<int32_t>(piece.kind));
  }
  return tokens;
}

/// tokenizer_config.json's added_tokens_decoder: id -> {"content", "special"}.
void add_tokens(const json& config, const std::string& source, Tokens& tokens) {
  if (!config.is_object() || !config.contains("added_tokens_decoder")) return;
  for (const auto& [key, token] : config["added_tokens_decoder"].items()) {
    size_t id = 0;
    const bool whole = std::from_chars(key.data(), key.data() + key.size(), id).ptr == key.data() + key.size();
    if (!whole || id >= tokens.texts.size()) {
      throw FormatError(format("{}: added token \"{}\" is no id of {} tokens", source, key, tokens.texts.size()));
    }
    const std::string text = token.at("content");
    if (token.value("special", false)) {
      tokens.put(id, text, kScoreOfAdded, static_cast<int32_t>(GgufTokenType::kControl));
    } else {
      tokens.put(id, replaced(text, kSpacePiece, " "), kScoreOfAdded,
                 static_cast<int32_t>(GgufTokenType::kUserDefined));
    }
  }
}

/// Numbers of fields in sentencepiece_model.proto.
enum ModelField { kPieces = 1, kTrainer = 2, kNormalizer = 3 };

std::string piece_message(const std::string& text, float score, GgufTokenType type) {
  return protobuf_bytes(
      kPieces, protobuf_bytes(1, text) + protobuf_float(2, score) + protobuf_number(3, static_cast<uint64_t>(type)));
}

/// BPE with byte fallback, and the names of its special pieces.
std::string trainer_message(const GgufFile& file, const std::vector<std::string>& tokens) {
  std::string message = protobuf_number(3, 2) + protobuf_number(35, 1);
  const std::map<uint64_t, std::string> roles = {
      {45, kUnknownId}, {46, "tokenizer.ggml.bos_token_id"}, {47, "tokenizer.ggml.eos_token_id"}};
  for (const auto& [field, key] : roles) {
    if (!file.has(key)) continue;
    const int64_t id = file.integer(key);
    if (!std::in_range<size_t>(id) || static_cast<size_t>(id) >= tokens.size()) {
      file.fail(key, format("{} is not an id of {} tokens", id, tokens.size()));
    }
    message += protobuf_bytes(field, tokens[static_cast<size_t>(id)]);
  }
  return protobuf_bytes(kTrainer, message);
}

std::string normalizer_message(const GgufFile& file) {
  const bool prefix = !file.has(kAddSpacePrefix) || file.boolean(kAddSpacePrefix);
  return protobuf_bytes(kNormalizer, protobuf_bytes(1, "identity") + protobuf_number(3, prefix ? 1 : 0) +
                                         protobuf_number(4, 0) + protobuf_number(5, 1));
}

}  // namespace

GgufMetadata gguf_sentence_piece_metadata(std::string_view tokenizer_model, const json& config, int64_t vocab_size,
                                          const std::string& source) {
  const SentencePieceModel model = sentence_piece_model_from(tokenizer_model, source);
  Tokens tokens = tokens_of(model, vocab_size, source);
  add_tokens(config, source, tokens);
  std::map<std::string, uint32_t> ids;
  for (size_t id = 0; id < tokens.texts.size(); ++id) ids[tokens.texts[id]] = static_cast<uint32_t>(id);
  GgufMetadata metadata = {{"tokenizer.ggml.model", "llama"},
                           {"tokenizer.ggml.pre", "default"},
                           {kTokens, std::move(tokens.texts)},
                           {kScores, std::move(tokens.scores)},
                           {kTypes, std::move(tokens.types)}};
  add_gguf_roles(ids, config, metadata);
  const auto flag = [&](const char* key, bool otherwise) {
    return config.is_object() && config.contains(key) && config[key].is_boolean() ? config[key].get<bool>() : otherwise;
  };
  metadata.emplace_back(kAddBos, flag("add_bos_token", true));
  metadata.emplace_back(kAddEos, flag("add_eos_token", false));
  metadata.emplace_back(kAddSpacePrefix, model.add_dummy_prefix);
  return metadata;
}

std::string sentence_piece_model_from_gguf(const GgufFile& file) {
  const std::vector<std::string> tokens = file.texts(kTokens);
  const std::vector<float> scores = file.floats(kScores);
  const std::vector<int32_t> types = file.integers(kTypes);
  if (scores.size() != tokens.size() || types.size() != tokens.size()) {
    file.fail(kTokens, format("{} tokens, but {} scores and {} types", tokens.size(), scores.size(), types.size()));
  }
  const int64_t unknown = file.has(kUnknownId) ? file.integer(kUnknownId) : -1;
  constexpr auto kUnused = static_cast<int32_t>(GgufTokenType::kUnused);
  const auto last = std::find_if(types.rbegin(), types.rend(), [](int32_t type) { return type != kUnused; });
  std::string model;
  for (size_t id = 0; id < static_cast<size_t>(types.rend() - last); ++id) {
    const bool is_unknown = static_cast<int64_t>(id) == unknown;
    const auto type = is_unknown ? GgufTokenType::kUnknown : static_cast<GgufTokenType>(types[id]);
    const std::string text = type == GgufTokenType::kUserDefined ? replaced(tokens[id], " ", kSpacePiece) : tokens[id];
    model += piece_message(text, scores[id], type);
  }
  return model + trainer_message(file, tokens) + normalizer_message(file);
}

}  // namespace trireme::formats
