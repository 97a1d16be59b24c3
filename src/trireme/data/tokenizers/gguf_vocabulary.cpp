#include "trireme/data/tokenizers/gguf_vocabulary.h"

#include <nlohmann/json.hpp>

#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/formats/gguf.h"
#include "trireme/formats/gguf_tokenizer.h"

namespace trireme::data {

BpeVocabulary read_gguf_vocabulary(const fs::path& path) {
  const formats::GgufFile file(path);
  return vocabulary_from_json(formats::tokenizer_json_from_gguf(file), formats::tokenizer_config_from_gguf(file),
                              path.string());
}

}  // namespace trireme::data
