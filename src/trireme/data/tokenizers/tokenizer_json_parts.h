#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "trireme/data/tokenizers/added_tokens.h"

/// What tokenizer.json files of all models have in common. ConfigError names what is not supported, without the
/// file; FormatError begins with `where`.
namespace trireme::data {

/// Throws FormatError for an id that no vocabulary of about `num_tokens` has, before it costs memory.
void check_id(int64_t id, size_t num_tokens, const std::string& token, const std::string& where);

/// model.vocab by id; "" is an id that is not used.
std::vector<std::string> read_vocab(const nlohmann::json& tokenizer, const std::string& where);

/// added_tokens. `has_normalizer`: one that is looked for in normalized text is refused.
std::vector<AddedToken> read_added_tokens(const nlohmann::json& tokenizer, bool has_normalizer,
                                          const std::string& where);

struct TextEnds {
  std::optional<TokenId> bos, eos;
};
/// From a tokenizer_config.json; where that is null, eos is the added token with one of the usual names.
TextEnds read_ends(const nlohmann::json& config, const std::vector<AddedToken>& added);

}  // namespace trireme::data
