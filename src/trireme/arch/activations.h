#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/core/dtype.h"

namespace trireme::arch {

/// What a block keeps from forward for backward.
/// kNone: all that backward reads. kSelective: not what an elementwise pass makes again (norm outputs, the
/// product of gate and up). kFull: its input alone; backward runs the forward again first.
enum class Recompute { kNone, kSelective, kFull };

std::string_view name_of(Recompute recompute);
std::optional<Recompute> recompute_from_name(std::string_view name);

/// One tensor of Layer's `Saved`: `elements_per_token` for each token of the microbatch.
struct SavedTensor {
  std::string name;
  int64_t elements_per_token = 0;
  DType dtype = DType::kF32;

  int64_t bytes_per_token() const { return elements_per_token * size_of(dtype); }
};

/// The table that model/ keeps to and plan/ counts with: tensors of one block in the order of forward.
/// `compute` is the dtype of activations; statistics (rstd, logsumexp) are fp32, or fp64 under fp64 compute.
std::vector<SavedTensor> saved_by_block(const ModelConfig& config, Recompute recompute, DType compute);
/// Likewise for the head: its fused linear and cross entropy keeps the gradient of its input, never logits.
std::vector<SavedTensor> saved_by_head(const ModelConfig& config, DType compute);

/// Rows of logits that exist at a time in a head that never holds them whole: at most 32 MiB of them and 1 KiB a token,
/// but at least 64 rows.
int64_t loss_chunk_rows(int64_t vocab_size, int64_t rows, DType compute);

int64_t bytes_per_token(const std::vector<SavedTensor>& tensors);

}  // namespace trireme::arch
