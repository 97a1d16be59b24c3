#include "trireme/arch/activations.h"

#include <algorithm>

#include "trireme/core/check.h"

namespace trireme::arch {

namespace {

DType statistics_dtype(DType compute) { return compute == DType::kF64 ? DType::kF64 : DType::kF32; }

}  // namespace

std::string_view name_of(Recompute recompute) {
  switch (recompute) {
    case Recompute::kNone: return "none";
    case Recompute::kSelective: return "selective";
    case Recompute::kFull: return "full";
  }
  TRIREME_CHECK(false, "unknown recompute mode");
}

std::optional<Recompute> recompute_from_name(std::string_view name) {
  for (const Recompute mode : {Recompute::kNone, Recompute::kSelective, Recompute::kFull}) {
    if (name_of(mode) == name) return mode;
  }
  return std::nullopt;
}

std::vector<SavedTensor> saved_by_block(const ModelConfig& config, Recompute recompute, DType compute) {
  const int64_t hidden = config.hidden_size;
  const int64_t query = config.num_attention_heads * config.head_size();
  const int64_t key_value = config.kv_heads() * config.head_size();
  const DType statistics = statistics_dtype(compute);
  const bool keep_cheap = recompute == Recompute::kNone;

  std::vector<SavedTensor> saved = {{"input", hidden, compute}};
  if (recompute == Recompute::kFull) return saved;
  if (keep_cheap) saved.push_back({"input_norm", hidden, compute});
  saved.push_back({"input_rstd", 1, statistics});
  saved.push_back({"query", query, compute});
  saved.push_back({"key", key_value, compute});
  saved.push_back({"value", key_value, compute});
  saved.push_back({"attention", query, compute});
  saved.push_back({"logsumexp", config.num_attention_heads, statistics});
  saved.push_back({"residual", hidden, compute});
  if (keep_cheap) saved.push_back({"residual_norm", hidden, compute});
  saved.push_back({"residual_rstd", 1, statistics});
  saved.push_back({"gate", config.intermediate_size, compute});
  saved.push_back({"up", config.intermediate_size, compute});
  if (keep_cheap) saved.push_back({"product", config.intermediate_size, compute});
  return saved;
}

std::vector<SavedTensor> saved_by_head(const ModelConfig& config, DType compute) {
  return {{"input_gradient", config.hidden_size, compute}};
}

int64_t loss_chunk_rows(int64_t vocab_size, int64_t rows, DType compute) {
  constexpr int64_t kChunkBytes = int64_t{32} << 20, kVectorRows = 32;
  const int64_t wanted = std::max<int64_t>(kChunkBytes / size_of(compute) / vocab_size, 64);
  return std::min(wanted / kVectorRows * kVectorRows, rows);
}

int64_t bytes_per_token(const std::vector<SavedTensor>& tensors) {
  int64_t total = 0;
  for (const SavedTensor& tensor : tensors) total += tensor.bytes_per_token();
  return total;
}

}  // namespace trireme::arch
