#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/data/tokenizers/added_tokens.h"
#include "trireme/formats/json_file.h"

/// What tokenizer.json files of all models have in common. ConfigError names what is not supported, without the
/// file; FormatError begins with `where`.
namespace trireme::data {

/// The model's vocab by id; "" is an id that is not used.
std::vector<std::string> read_vocab(const formats::JsonObject& model, const std::string& where);

/// added_tokens, beside `num_tokens` others. `has_normalizer`: one that is looked for in normalized text is refused.
std::vector<AddedToken> read_added_tokens(const formats::JsonObject& tokenizer, size_t num_tokens, bool has_normalizer,
                                          const std::string& where);

struct TextEnds {
  std::optional<TokenId> bos, eos;
};
/// From a tokenizer_config.json; where that is null, eos is the added token with one of the usual names.
TextEnds read_ends(const formats::JsonView& config, const std::vector<AddedToken>& added, const std::string& where);

}  // namespace trireme::data
