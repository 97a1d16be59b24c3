#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/data/sample_source.h"

namespace trireme::data {

enum class Order { kShuffled, kSequential };
/// kStream: documents back to back, attention crosses their borders. kDocuments: the same rows, with the
/// borders told. kWhole: borders told, and no row cuts a document that fits into one; tokens that don't count fill it
/// up.
enum class Packing { kStream, kDocuments, kWhole };

struct DatasetOptions {
  /// Prefixes of Megatron pairs, with or without a weight: "0.7 corpora/books". Without any weight they form
  /// one pool, in which each sample is seen once an epoch. With one, each has epochs of its own, and no
  /// weight counts as 1.
  std::vector<std::string> sources;
  Order order = Order::kShuffled;
  Packing packing = Packing::kStream;
  int64_t seq_len = 0;
  int64_t vocab_size = 0;  // of the model
  /// Tokenizer::identity that the files must have been prepared with; empty: not checked. Files without
  /// PREFIX.json, made by other programs, are not checked either.
  std::string tokenizer_hash = {};
  uint64_t seed = 0;
  /// Part of each source's tail, in samples, that is kept for validation. Train and validation share no
  /// token.
  double valid_fraction = 0.0;
  bool verify = false;      // every file against its hash first, see TokenFile::verify
  bool valid_tail = false;  // read that tail instead of what is before it
  /// The model reads targets off the tokens themselves (a masked language model), so all of them must count.
  bool needs_all_targets = false;
};

/// Sample i: the blend deals it to a source (blend.h); that source's n-th sample is the (n mod size)-th of
/// epoch n / size, at the place that the epoch's own permutation gives (permutation.h). Throws ConfigError
/// for an empty blend, bad weights, a source shorter than one sequence, or prepared with another tokenizer or
/// one with more ids than the model's vocabulary; IoError and FormatError from the files.
std::unique_ptr<SampleSource> open_dataset(const DatasetOptions& options);

Order order_from_name(const std::string& name);      // "shuffled", "sequential"; else ConfigError
Packing packing_from_name(const std::string& name);  // "stream", "documents", "whole"; else ConfigError

}  // namespace trireme::data
