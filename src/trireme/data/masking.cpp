#include "trireme/data/masking.h"

#include <algorithm>

#include "trireme/core/philox.h"

namespace trireme::data {

namespace {

constexpr double kReplacedByMask = 0.8, kReplacedAtRandom = 0.1;

/// Uniform in [0, 1).
double unit(uint32_t bits) { return static_cast<double>(bits) * 0x1p-32; }

bool is_kept(const Masking& masking, int64_t token) {
  return std::ranges::find(masking.kept_tokens, token) != masking.kept_tokens.end();
}

int64_t replaced(int64_t token, uint32_t how, uint32_t which, const Masking& masking) {
  const double draw = unit(how);
  if (draw < kReplacedByMask) return masking.mask_token;
  if (draw >= kReplacedByMask + kReplacedAtRandom) return token;
  auto random = static_cast<int64_t>(unit(which) * static_cast<double>(masking.vocab_size));
  while (is_kept(masking, random)) random = (random + 1) % masking.vocab_size;
  return random;
}

}  // namespace

void mask_tokens(Batch& batch, int64_t first_sample, const Masking& masking) {
  const uint64_t key = stream_key(masking.seed, "masked tokens");
  for (int64_t i = 0; i < batch.rows * batch.seq_len; ++i) {
    int64_t& token = batch.tokens[static_cast<size_t>(i)];
    int64_t& target = batch.targets[static_cast<size_t>(i)];
    const auto bits = philox4x32(key, static_cast<uint64_t>(first_sample + i / batch.seq_len),
                                 static_cast<uint64_t>(i % batch.seq_len));
    target = kNoTarget;
    if (unit(bits[0]) >= masking.fraction || is_kept(masking, token)) continue;
    target = token;
    token = replaced(token, bits[1], bits[2], masking);
  }
}

}  // namespace trireme::data
