#include "trireme/data/tokenizers/gguf_vocabulary.h"

#include <nlohmann/json.hpp>

#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_tokenizer.h"

namespace trireme::data {

BpeVocabulary read_gguf_vocabulary(const fs::path& path) {
  const formats::GgufFile file(path);
  const std::string tokenizer = formats::tokenizer_json_from_gguf(file).dump();
  const std::string config = formats::tokenizer_config_from_gguf(file).dump();
  const std::string where = path.string();
  return vocabulary_from_json(formats::JsonView(tokenizer, where), formats::JsonView(config, where), where);
}

}  // namespace trireme::data
