#include "trireme/data/tokenizers/tokenizer_json.h"

#include <nlohmann/json.hpp>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/byte_level.h"
#include "trireme/data/tokenizers/tokenizer_json_parts.h"
#include "trireme/data/tokenizers/word_piece_json.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

using Json = nlohmann::json;
using formats::JsonObject;
using formats::JsonView;

namespace {

/// Refuses what would change ids and is not built.
void check_supported(const JsonObject& model) {
  const std::string type = model.text_or("type", "BPE");
  if (type != "BPE") {
    throw ConfigError(format("model type {} is not supported, only BPE and WordPiece", shortened(type)));
  }
  const auto set = [&](const char* key) {
    if (!model.has(key)) return false;
    const JsonView value = model.at(key);
    const bool zero = value.is_number() && value.number() == 0;
    return !zero && !value.says("") && value.text() != "false";
  };
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
    if (set(key)) throw ConfigError(format("model.{} is not supported", key));
  }
  if (set("byte_fallback")) {
    throw ConfigError(
        "model.byte_fallback is not supported: name the SentencePiece tokenizer.model that it was made of");
  }
}

/// Whether text is put into form C; anything else is refused.
bool is_nfc(const JsonView& normalizer, const std::string& where) {
  if (normalizer.is_null()) return false;
  const JsonObject object(normalizer, where, "normalizer");
  const std::string type = object.text_or("type", "?");
  if (type == "NFC") return true;
  if (type == "Sequence") {
    const JsonView parts = object.list("normalizers");
    if (parts.size() == 0) return false;
    if (parts.size() == 1) return is_nfc(*parts.elements().begin(), where);
  }
  throw ConfigError(format("normalizer {} is not supported, only NFC", shortened(type)));
}

/// "a b" or ["a", "b"].
void read_merge(const JsonView& merge, const std::string& where, BpeVocabularyBuilder& builder) {
  if (merge.is_string()) {
    const std::string text = merge.string();
    const auto [left, right] = split_merge(text, where);
    return builder.add_merge(left, right);
  }
  const auto pair = merge.pair();
  if (!pair || !pair->first.is_string() || !pair->second.is_string()) {
    throw FormatError(format("{}: merge {} is not two tokens", where, merge.shown()));
  }
  builder.add_merge(pair->first.string(), pair->second.string());
}

/// Runs `read` and puts the file's name before what is not supported.
template <class Read>
auto in_file(const std::string& where, Read read) {
  try {
    return read();
  } catch (const ConfigError& problem) {
    throw ConfigError(format("{}: {}", where, problem.what()));
  }
}

Json added_to_json(const AddedToken& token) {
  return {{"id", token.id},  {"content", token.text}, {"single_word", false},    {"lstrip", false},
          {"rstrip", false}, {"normalized", false},   {"special", token.special}};
}

}  // namespace

BpeVocabulary vocabulary_from_json(const JsonView& json, const JsonView& config, const std::string& where) {
  return in_file(where, [&] {
    const JsonObject tokenizer(json, where), model = tokenizer.object("model");
    check_supported(model);
    const bool nfc = is_nfc(tokenizer.at_or_null("normalizer"), where);
    std::vector<std::string> tokens = read_vocab(model, where);
    std::vector<AddedToken> added = read_added_tokens(tokenizer, tokens.size(), nfc, where);
    BpeVocabularyBuilder builder(std::move(tokens), std::move(added), where);
    const JsonView merges = model.list("merges");
    constexpr std::string_view kLeast = R"("a b")";
    builder.reserve_merges(merges.size_if_each_has(kLeast.size()));
    for (const JsonView& merge : merges.elements()) read_merge(merge, where, builder);
    BpeVocabulary vocabulary = builder.finish();
    vocabulary.nfc = nfc;
    vocabulary.pre_tokenizer = pre_tokenizer_from_json(tokenizer.at_or_null("pre_tokenizer"), where);
    vocabulary.ignore_merges = model.boolean_or("ignore_merges", false);
    const TextEnds ends = read_ends(config, vocabulary.added, where);
    vocabulary.bos = ends.bos;
    vocabulary.eos = ends.eos;
    return vocabulary;
  });
}

std::unique_ptr<Tokenizer> tokenizer_from_json(const JsonView& tokenizer, const JsonView& config,
                                               const std::string& where) {
  if (JsonObject(tokenizer, where).object("model").text_or("type", "BPE") != "WordPiece") {
    return std::make_unique<BpeTokenizer>(vocabulary_from_json(tokenizer, config, where));
  }
  return in_file(where,
                 [&] { return std::make_unique<WordPieceTokenizer>(word_piece_from_json(tokenizer, config, where)); });
}

std::unique_ptr<Tokenizer> read_tokenizer_json(const fs::path& path) {
  const formats::JsonFile tokenizer(path);
  const fs::path config_path = path.parent_path() / "tokenizer_config.json";
  if (!fs::exists(config_path)) return tokenizer_from_json(tokenizer.value(), {}, path.string());
  return tokenizer_from_json(tokenizer.value(), formats::JsonFile(config_path).value(), path.string());
}

std::string tokenizer_json(const BpeVocabulary& vocabulary) {
  TRIREME_CHECK(!vocabulary.joins_by_id, "a vocabulary of ranks has no merges to write");
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
                     {"normalizer", vocabulary.nfc ? Json({{"type", "NFC"}}) : Json()},
                     {"pre_tokenizer", pre_tokenizer_to_json(vocabulary.pre_tokenizer)},
                     {"post_processor", nullptr},
                     {"decoder", byte_level},
                     {"model", model}};
  return json.dump(2) + "\n";
}

}  // namespace trireme::data
