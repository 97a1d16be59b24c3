#pragma once

#include <cstdint>

#include "trireme/arch/model_config.h"

namespace trireme::arch {

enum class Norm { kRms, kLayer };
enum class Activation { kSilu, kGelu, kGeluTanh };
/// kSinusoidal: a fixed table, added to the embedding.
enum class Positions { kRotary, kLearned, kSinusoidal, kAlibi };
/// How a block joins attention, MLP and their norms N to the stream x:
/// kPreNorm   r = x + A(N x); r + M(N r)
/// kParallel  x + A(N x) + M(N x)
/// kPostNorm  r = N(x + A x); N(r + M r)
/// kSandwich  r = x + N(A(N x)); r + N(M(N r))
enum class Wiring { kPreNorm, kParallel, kPostNorm, kSandwich };
/// How the rows of query, key and value lie in the weights: three of them; one, third after third; one, head after head
/// with the query, key and value of each together.
enum class QkvLayout { kSeparate, kThirds, kByHead };

/// What a block is made of, resolved from family and sizes.
struct BlockShape {
  Wiring wiring = Wiring::kPreNorm;
  Norm norm = Norm::kRms;
  double norm_eps = 0.0;
  bool norm_adds_one = false;  // weights are kept as their distance from 1
  int64_t hidden = 0, intermediate = 0;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;
  QkvLayout qkv = QkvLayout::kSeparate;
  bool transposed = false;   // linear weights are [in, out]
  bool qk_norm = false;      // of each head of query and key
  bool query_scale = false;  // each element of a query's head is multiplied by a learned factor
  Positions positions = Positions::kRotary;
  int64_t rotary_dim = 0;  // elements of a head that are turned; even
  bool causal = true;
  int64_t window = 0;
  double score_scale = 0.0;  // scores are multiplied by it; 0: 1 / sqrt(head_dim)
  double softcap = 0.0;
  bool gated = true;
  Activation activation = Activation::kSilu;

  int64_t query_width() const { return heads * head_dim; }
  int64_t key_width() const { return kv_heads * head_dim; }
};

/// REQUIRES: validate(config) found no error.
BlockShape block_shape(const ModelConfig& config, int64_t layer);

}  // namespace trireme::arch
