#include "trireme/bench/synthetic_batches.h"

#include <ATen/ATen.h>

#include "trireme/data/synthetic.h"

namespace trireme::bench {

std::vector<layer::Microbatch> SyntheticBatches::take(int64_t first_sample) {
  const recipe::Train& train = recipe_.train;
  const int64_t rows = train.micro_batch_size, seq_len = train.seq_len;
  const data::SyntheticKey key{.step = first_sample / train.global_batch_size, .rank = data_rank_, .seed = train.seed};
  auto ids = data::synthetic_tokens(key, rows * (seq_len + 1), recipe_.model.config.vocab_size);
  const at::Tensor tokens =
      engine::send_to(device_, at::from_blob(ids.data(), {rows, seq_len + 1}, at::kInt).to(at::kLong));
  return {
      engine::make_microbatch(tokens.narrow(1, 0, seq_len).contiguous(), tokens.narrow(1, 1, seq_len).contiguous())};
}

}  // namespace trireme::bench
