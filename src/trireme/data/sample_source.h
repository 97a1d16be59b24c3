#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// One training sequence.
struct Sample {
  std::vector<TokenId> tokens;  // seq_len + 1: inputs are all but the last, targets all but the first
  /// With packings "documents" and "whole": offsets of tokens at which a document begins, in [0, seq_len]; the first is
  /// 0, for what the sample's start cuts off, and seq_len is the last target. Empty with packing "stream".
  std::vector<int64_t> document_starts;
  /// For each token whether it counts as a target, 1 or 0; empty: all do.
  std::vector<uint8_t> counted = {};
};

/// All samples of a run, in its order. A sample is a pure function of its global index, which no layout
/// enters: ranks read what they need, and the position of a run is one integer. Thread safe.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /// REQUIRES: index >= 0; there is no end, epochs follow each other. Throws ConfigError for a token outside
  /// of the model's vocabulary, naming file, document and place.
  virtual Sample sample(int64_t index) const = 0;
  /// Where it comes from, for people: "corpus tokens 1024..1280, epoch 0".
  virtual std::string describe(int64_t index) const = 0;
  /// Hash of all that decides the samples: contents, weights, order, seed, seq_len, split, packing, masks.
  virtual const std::string& identity() const = 0;
  virtual int64_t seq_len() const = 0;
  /// Samples in one pass over all sources.
  virtual int64_t samples_per_epoch() const = 0;
};

}  // namespace trireme::data
