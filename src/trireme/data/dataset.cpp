#include "trireme/data/dataset.h"

#include <optional>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/core/philox.h"
#include "trireme/data/blend.h"
#include "trireme/data/permutation.h"
#include "trireme/data/sample_pool.h"

namespace trireme::data {

namespace {

struct WeightedPrefix {
  std::optional<double> weight;
  std::string prefix;
};

WeightedPrefix parse_source(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {std::nullopt, text};
  size_t used = 0;
  double weight = 0;
  try {
    weight = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  const size_t prefix = text.find_first_not_of(' ', space);
  // A path may hold spaces: only a number in front makes it a weight.
  if (used != space || prefix == std::string::npos) return {std::nullopt, text};
  return {weight, text.substr(prefix)};
}

class Dataset final : public SampleSource {
 public:
  explicit Dataset(const DatasetOptions& options) : options_(options) {
    std::vector<WeightedPrefix> sources;
    std::vector<std::string> prefixes;
    bool weighted = false;
    for (const std::string& text : options.sources) {
      sources.push_back(parse_source(text));
      prefixes.push_back(sources.back().prefix);
      weighted = weighted || sources.back().weight.has_value();
    }
    std::vector<double> weights;
    for (const WeightedPrefix& source : sources) {
      if (weighted) weights.push_back(source.weight.value_or(1.0));
    }
    if (!weighted && !sources.empty()) weights = {1.0};
    blend_.emplace(weights);
    for (size_t pool = 0; pool < weights.size(); ++pool) {
      pools_.emplace_back(weighted ? std::vector{prefixes[pool]} : prefixes, options);
    }
    identity_ = make_identity(weights);
  }

  Sample sample(int64_t index) const override {
    const Place place = locate(index);
    return pools_[place.pool].sample(place.position);
  }

  std::string describe(int64_t index) const override {
    const Place place = locate(index);
    return format("{}, epoch {}", pools_[place.pool].describe(place.position), place.epoch);
  }

  const std::string& identity() const override { return identity_; }
  int64_t seq_len() const override { return options_.seq_len; }

  int64_t samples_per_epoch() const override {
    int64_t sum = 0;
    for (const SamplePool& pool : pools_) sum += pool.size();
    return sum;
  }

 private:
  struct Place {
    size_t pool = 0;
    int64_t epoch = 0;
    int64_t position = 0;
  };

  Place locate(int64_t index) const {
    const BlendPlace dealt = (*blend_)(index);
    const auto pool = static_cast<size_t>(dealt.source);
    const int64_t size = pools_[pool].size();
    const Place place{pool, dealt.ordinal / size, dealt.ordinal % size};
    if (options_.order == Order::kSequential) return place;
    const uint64_t key = stream_key(options_.seed, format("order {} {}", pool, place.epoch));
    return {pool, place.epoch, Permutation(size, key)(place.position)};
  }

  std::string make_identity(const std::vector<double>& weights) const {
    std::string text = format("dataset 1 seq_len {} seed {} order {} packing {} fraction {} tail {}", options_.seq_len,
                              options_.seed, static_cast<int>(options_.order), static_cast<int>(options_.packing),
                              options_.valid_fraction, options_.valid_tail);
    for (size_t pool = 0; pool < pools_.size(); ++pool) {
      text += format(" | {} {}", weights[pool], pools_[pool].identity());
    }
    return content_hash(text);
  }

  DatasetOptions options_;
  std::vector<SamplePool> pools_;
  std::optional<Blend> blend_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<SampleSource> open_dataset(const DatasetOptions& options) { return std::make_unique<Dataset>(options); }

Order order_from_name(const std::string& name) {
  if (name == "shuffled") return Order::kShuffled;
  if (name == "sequential") return Order::kSequential;
  throw ConfigError(format("order \"{}\" is unknown: shuffled or sequential", name));
}

Packing packing_from_name(const std::string& name) {
  if (name == "stream") return Packing::kStream;
  if (name == "documents") return Packing::kDocuments;
  if (name == "whole") return Packing::kWhole;
  throw ConfigError(format("packing \"{}\" is unknown: stream, documents or whole", name));
}

}  // namespace trireme::data
