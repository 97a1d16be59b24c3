#include "trireme/arch/activations.h"

#include <algorithm>

#include "trireme/arch/block_shape.h"
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

namespace {

/// The tensors of one block, in the order in which its parts keep them.
class Kept {
 public:
  Kept(const BlockShape& shape, Recompute recompute, DType compute)
      : shape_(shape),
        compute_(compute),
        statistics_(statistics_dtype(compute)),
        cheap_(recompute == Recompute::kNone) {}

  void stream(const char* name) { add(name, shape_.hidden); }
  /// `shared`: the input is alive anyway; `output_read`: by what follows the norm in this block.
  void norm(const std::string& name, bool shared, bool output_read) {
    if (!shared) add(name, shape_.hidden);
    if (shape_.norm == Norm::kLayer) saved_.push_back({name + "_mean", 1, statistics_});
    saved_.push_back({name + "_rstd", 1, statistics_});
    if (output_read && cheap_) add(name + "_norm", shape_.hidden);
  }
  void attention() {
    if (shape_.qk_norm) {
      add("query_projected", shape_.query_width());
      saved_.push_back({"query_rstd", shape_.heads, statistics_});
      add("key_projected", shape_.key_width());
      saved_.push_back({"key_rstd", shape_.kv_heads, statistics_});
    }
    add("query", shape_.query_width());
    add("key", shape_.key_width());
    add("value", shape_.key_width());
    add("attention", shape_.query_width());
    saved_.push_back({"logsumexp", shape_.heads, statistics_});
  }
  void mlp() {
    if (shape_.gated) add("gate", shape_.intermediate);
    add("up", shape_.intermediate);
    if (cheap_) add("product", shape_.intermediate);
  }
  std::vector<SavedTensor> take() { return std::move(saved_); }

 private:
  void add(std::string name, int64_t elements) { saved_.push_back({std::move(name), elements, compute_}); }

  const BlockShape& shape_;
  DType compute_, statistics_;
  bool cheap_;
  std::vector<SavedTensor> saved_;
};

}  // namespace

std::vector<SavedTensor> saved_by_block(const ModelConfig& config, Recompute recompute, DType compute) {
  const BlockShape shape = block_shape(config, 0);
  if (recompute == Recompute::kFull) return {{"input", shape.hidden, compute}};
  Kept kept(shape, recompute, compute);
  switch (shape.wiring) {
    case Wiring::kPreNorm:
      kept.norm("input", false, true);
      kept.attention();
      kept.norm("residual", false, true);
      kept.mlp();
      break;
    case Wiring::kParallel:
      kept.norm("input", false, true);
      kept.attention();
      kept.norm("mlp_input", true, true);
      kept.mlp();
      break;
    case Wiring::kPostNorm:
      kept.stream("input");
      kept.attention();
      kept.norm("residual", false, true);
      kept.mlp();
      kept.norm("mlp_residual", false, false);
      break;
    case Wiring::kSandwich:
      kept.norm("input", false, true);
      kept.attention();
      kept.norm("attention_output", false, false);
      kept.norm("residual", false, true);
      kept.mlp();
      kept.norm("mlp_output", false, false);
      break;
  }
  return kept.take();
}

std::vector<SavedTensor> saved_by_head(const ModelConfig& config, DType compute) {
  return {{"input_gradient", config.hidden_size, compute}};
}

int64_t loss_chunk_rows(int64_t vocab_size, int64_t rows, DType compute) {
  constexpr int64_t kChunkBytes = int64_t{32} << 20, kVectorRows = 32;
  constexpr int64_t kTokenBytes = 1024;  // of all rows: the cache then holds some hundred tokens' logits at a time
  const int64_t wanted = std::max<int64_t>(kChunkBytes / size_of(compute) / vocab_size, 64);
  return std::min({wanted / kVectorRows * kVectorRows, kTokenBytes / size_of(compute), rows});
}

int64_t bytes_per_token(const std::vector<SavedTensor>& tensors) {
  int64_t total = 0;
  for (const SavedTensor& tensor : tensors) total += tensor.bytes_per_token();
  return total;
}

}  // namespace trireme::arch
