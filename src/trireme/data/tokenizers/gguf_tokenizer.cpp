#include "trireme/data/tokenizers/gguf_tokenizer.h"

#include <nlohmann/json.hpp>

#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/sentence_piece.h"
#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_sentence_piece.h"
#include "trireme/formats/gguf_tokenizer.h"

namespace trireme::data {

namespace {

BpeVocabulary vocabulary_of(const formats::GgufFile& file, const std::string& where) {
  const std::string tokenizer = formats::tokenizer_json_from_gguf(file).dump();
  const std::string config = formats::tokenizer_config_from_gguf(file).dump();
  return vocabulary_from_json(formats::JsonView(tokenizer, where), formats::JsonView(config, where), where);
}

}  // namespace

std::unique_ptr<Tokenizer> read_gguf_tokenizer(const fs::path& path) {
  const formats::GgufFile file(path);
  const std::string where = path.string();
  if (file.text("tokenizer.ggml.model") != "llama") return std::make_unique<BpeTokenizer>(vocabulary_of(file, where));
  const std::string model = formats::sentence_piece_model_from_gguf(file);
  return std::make_unique<SentencePieceTokenizer>(formats::sentence_piece_model_from(model, where), where);
}

}  // namespace trireme::data
