#pragma once

#include <cstdint>
#include <vector>

#include "trireme/data/token_file.h"

namespace trireme::data {

/// How often each id occurs in the whole file; index is the id, up to the largest one. Reads every token.
/// Throws FormatError naming the file and the place of a negative id.
std::vector<int64_t> count_tokens(const TokenFile& file);

/// Nats a token of a model that knows only how often each token occurs: what a trained model must beat.
double unigram_entropy(const std::vector<int64_t>& counts);

}  // namespace trireme::data
