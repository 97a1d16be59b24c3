#include "trireme/data/tokenizers/tokenizer_json.h"

#include <nlohmann/json.hpp>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/byte_level.h"
#include "trireme/data/tokenizers/tokenizer_json_parts.h"
#include "trireme/data/tokenizers/word_piece_json.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

namespace {

using Json = nlohmann::json;

/// Refuses what would change ids and is not built.
void check_supported(const Json& model) {
  const std::string type = model.value("type", "BPE");
  if (type != "BPE") throw ConfigError(format("model type {} is not supported, only BPE and WordPiece", type));
  const auto refuse_if = [&](bool condition, const char* what) {
    if (condition) throw ConfigError(format("{} is not supported", what));
  };
  const auto set = [&](const char* key) {
    return model.contains(key) && !model[key].is_null() && model[key] != "" && model[key] != false && model[key] != 0;
  };
  refuse_if(set("dropout"), "model.dropout");
  refuse_if(set("continuing_subword_prefix"), "model.continuing_subword_prefix");
  refuse_if(set("end_of_word_suffix"), "model.end_of_word_suffix");
  if (set("byte_fallback")) {
    throw ConfigError(
        "model.byte_fallback is not supported: name the SentencePiece tokenizer.model that it was made of");
  }
}

/// Whether text is put into form C; anything else is refused.
bool is_nfc(const Json& normalizer) {
  if (normalizer.is_null()) return false;
  const std::string type = normalizer.value("type", "?");
  if (type == "NFC") return true;
  if (type == "Sequence") {
    const Json& parts = normalizer.at("normalizers");
    if (parts.empty()) return false;
    if (parts.size() == 1) return is_nfc(parts[0]);
  }
  throw ConfigError(format("normalizer {} is not supported, only NFC", type));
}

BpeText read_text(const Json& json, bool has_normalizer, const std::string& where) {
  BpeText text;
  text.added = read_added_tokens(json, has_normalizer, where);
  text.tokens = read_vocab(json, where);
  for (const Json& merge : json.at("model").at("merges")) {
    if (merge.is_string()) {
      text.merges.push_back(split_merge(merge, where));
    } else {
      text.merges.emplace_back(merge.at(0), merge.at(1));
    }
  }
  return text;
}

/// Runs `read` and puts the file's name before what is wrong in it.
template <class Read>
auto in_file(const std::string& where, Read read) {
  try {
    return read();
  } catch (const ConfigError& problem) {
    throw ConfigError(format("{}: {}", where, problem.what()));
  } catch (const Json::exception& problem) {
    throw FormatError(format("{}: not a tokenizer.json: {}", where, problem.what()));
  }
}

Json added_to_json(const AddedToken& token) {
  return {{"id", token.id},  {"content", token.text}, {"single_word", false},    {"lstrip", false},
          {"rstrip", false}, {"normalized", false},   {"special", token.special}};
}

}  // namespace

BpeVocabulary vocabulary_from_json(const Json& tokenizer, const Json& config, const std::string& where) {
  return in_file(where, [&] {
    check_supported(tokenizer.at("model"));
    const bool nfc = is_nfc(tokenizer.value("normalizer", Json()));
    BpeVocabulary vocabulary = vocabulary_from_text(read_text(tokenizer, nfc, where), where);
    vocabulary.nfc = nfc;
    vocabulary.pre_tokenizer = pre_tokenizer_from_json(tokenizer.value("pre_tokenizer", Json()));
    vocabulary.ignore_merges = tokenizer.at("model").value("ignore_merges", false);
    const TextEnds ends = read_ends(config, vocabulary.added);
    vocabulary.bos = ends.bos;
    vocabulary.eos = ends.eos;
    return vocabulary;
  });
}

std::unique_ptr<Tokenizer> tokenizer_from_json(const Json& tokenizer, const Json& config, const std::string& where) {
  const bool word_piece = in_file(where, [&] { return tokenizer.at("model").value("type", "BPE") == "WordPiece"; });
  if (!word_piece) return std::make_unique<BpeTokenizer>(vocabulary_from_json(tokenizer, config, where));
  return in_file(where,
                 [&] { return std::make_unique<WordPieceTokenizer>(word_piece_from_json(tokenizer, config, where)); });
}

std::unique_ptr<Tokenizer> read_tokenizer_json(const fs::path& path) {
  const fs::path config_path = path.parent_path() / "tokenizer_config.json";
  const Json config = fs::exists(config_path) ? formats::read_json(config_path) : Json();
  return tokenizer_from_json(formats::read_json(path), config, path.string());
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
