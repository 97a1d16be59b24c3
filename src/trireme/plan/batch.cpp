#include "trireme/plan/batch.h"

#include "trireme/core/format.h"

namespace trireme::plan {

namespace {

/// Multiples of `unit` around `wanted`: "24 and 32", or "8" when nothing is below.
std::string neighbouring_multiples(int64_t wanted, int64_t unit) {
  const int64_t below = wanted / unit * unit;
  return below > 0 ? format("{} and {}", below, below + unit) : format("{}", unit);
}

bool check_positive(const char* key, int64_t value, Diagnostics& found) {
  if (value >= 1) return true;
  found.error(key, format("must be at least 1, got {}", value));
  return false;
}

void report_indivisible(const recipe::Train& train, int64_t ranks, Diagnostics& found) {
  const int64_t unit = train.micro_batch_size * ranks;
  std::string hint = format("nearest valid values: {}", neighbouring_multiples(train.global_batch_size, unit));
  if (train.global_batch_size % ranks == 0) {
    const int64_t share = train.global_batch_size / ranks;
    hint += format("; or train.micro_batch_size = {}",
                   nearest_values(train.micro_batch_size, share, [&](int64_t size) { return share % size == 0; }));
  }
  found.error("train.global_batch_size",
              format("{} sequences do not divide by micro_batch_size {} x {} batch ranks = {}", train.global_batch_size,
                     train.micro_batch_size, ranks, unit),
              hint);
}

}  // namespace

Batch resolve_batch(const recipe::Train& train, const Degrees& degrees, Diagnostics& found) {
  const bool sizes = check_positive("train.global_batch_size", train.global_batch_size, found);
  const bool micro = check_positive("train.micro_batch_size", train.micro_batch_size, found);
  const bool length = check_positive("train.seq_len", train.seq_len, found);
  if (!sizes || !micro || !length) return {};

  const int64_t ranks = degrees.batch();
  const int64_t unit = train.micro_batch_size * ranks;
  if (train.global_batch_size % unit != 0) {
    report_indivisible(train, ranks, found);
    return {};
  }
  return {.batch_ranks = ranks,
          .accumulation_steps = train.global_batch_size / unit,
          .microbatch_tokens = train.micro_batch_size * train.seq_len,
          .tokens_per_step = train.global_batch_size * train.seq_len};
}

}  // namespace trireme::plan
