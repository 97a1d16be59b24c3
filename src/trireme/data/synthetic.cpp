#include "trireme/data/synthetic.h"

#include <limits>

#include "trireme/core/check.h"
#include "trireme/core/hash.h"

namespace trireme::data {

namespace {

/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
uint64_t splitmix64(uint64_t counter) {
  uint64_t z = counter * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

class SyntheticSource final : public SampleSource {
 public:
  SyntheticSource(int64_t seq_len, int64_t vocab_size, uint64_t seed)
      : seq_len_(seq_len),
        vocab_size_(vocab_size),
        seed_(seed & 0xFFFF),
        identity_(
            content_hash(format("synthetic 1 seq_len {} vocab_size {} seed {}", seq_len, vocab_size, seed & 0xFFFF))) {}

  Sample sample(int64_t index) const override {
    return {synthetic_tokens({.step = index, .seed = seed_}, seq_len_ + 1, vocab_size_), {}};
  }
  std::string describe(int64_t index) const override { return format("synthetic sample {}", index); }
  const std::string& identity() const override { return identity_; }
  int64_t seq_len() const override { return seq_len_; }
  int64_t samples_per_epoch() const override { return std::numeric_limits<int64_t>::max(); }

 private:
  int64_t seq_len_;
  int64_t vocab_size_;
  uint64_t seed_;
  std::string identity_;
};

}  // namespace

std::vector<TokenId> synthetic_tokens(const SyntheticKey& key, int64_t count, int64_t vocab_size) {
  TRIREME_CHECK(count >= 0 && vocab_size > 0, "{} tokens of a vocabulary of {}", count, vocab_size);
  const uint64_t base = key.seed << 48 | static_cast<uint64_t>(key.rank) << 40 | static_cast<uint64_t>(key.micro) << 32;
  const uint64_t first = base + static_cast<uint64_t>(key.step * count) + 1;
  std::vector<TokenId> tokens(static_cast<size_t>(count));
  for (size_t i = 0; i < tokens.size(); ++i) {
    const uint64_t z = splitmix64(first + i);
    const bool copies = (z & 1) != 0 && i > 0;
    tokens[i] = copies ? tokens[i - 1] : static_cast<TokenId>((z >> 1) % static_cast<uint64_t>(vocab_size));
  }
  return tokens;
}

std::unique_ptr<SampleSource> open_synthetic(int64_t seq_len, int64_t vocab_size, uint64_t seed) {
  return std::make_unique<SyntheticSource>(seq_len, vocab_size, seed);
}

}  // namespace trireme::data
