#pragma once

#include <cstdint>
#include <vector>

#include "trireme/data/batch.h"

namespace trireme::data {

/// How a masked language model's inputs hide tokens. Source: Devlin et al., "BERT", 2019, section 3.1: of the chosen
/// tokens 80 % become the mask token, 10 % another token, and 10 % stay.
struct Masking {
  double fraction = 0.15;  // of tokens that are chosen, in (0, 1)
  TokenId mask_token = 0;
  int64_t vocab_size = 0;            // random tokens lie below it
  std::vector<TokenId> kept_tokens;  // never chosen, and no random token: what marks borders
  uint64_t seed = 0;
};

/// Makes rows for a masked language model of rows for a causal one: targets are the chosen tokens themselves, kNoTarget
/// elsewhere. What happens to a token is a pure function of seed, sample and place, so every layout hides the same.
/// `first_sample` is that of the first row.
void mask_tokens(Batch& batch, int64_t first_sample, const Masking& masking);

}  // namespace trireme::data
