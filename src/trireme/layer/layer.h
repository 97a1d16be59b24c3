#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/kernels/linear_cross_entropy.h"

namespace trireme::layer {

using at::Tensor;

/// One forward's input on one rank. All tensors lie on the rank's device and stay unchanged until its backward is done.
struct Microbatch {
  Tensor tokens;     // int64 [B, S]
  Tensor targets;    // int64 [B, S]; kIgnoredTarget does not count; undefined when generating
  Tensor positions;  // int64 [B, S]; position of each token for rotary embeddings, below
                     // BuildOptions::max_positions
  /// First token of each document in the flattened [B * S] stream, with B * S appended, int64; attention does not cross
  /// these borders, so list the start of every row too. Undefined: each row is one document.
  Tensor document_starts;
  /// What each token's loss is multiplied by before backward: 1 / valid tokens of the global batch. Known before
  /// forward, so that the head can make its gradient while it has the logits. fp64 scalar on the device; undefined when
  /// evaluating.
  Tensor loss_scale;
  /// What the first of a user's own modules reads in place of tokens: [B, ...] of any dtype. Targets may then have any
  /// shape and dtype too; positions are undefined.
  Tensor inputs = {};
  /// What a teacher says of these tokens, for the head's loss. Empty: the data alone teach, as in evaluation.
  std::optional<kernels::Distillation> distillation = {};
};
using kernels::kIgnoredTarget;

/// What a layer keeps from forward for backward: one for each (layer, microbatch), so that several microbatches may be
/// in flight. A layer fills the empty list in forward and empties it in backward, freeing as it goes.
struct Saved {
  std::vector<Tensor> tensors;
};

/// Keys and values of earlier tokens of one layer, for generation: [B, kv_heads, capacity, head_dim], `length` filled.
/// A block's forward appends its tokens and advances `length`; embedding and head ignore their cache.
struct KvCache {
  Tensor keys, values;
  int64_t length = 0;
};

/// Device-side sums that the step reports; nothing here waits for the device. The caller makes them as zeros, passes
/// the same object to every microbatch of a step, and reads it after the last one; layers only add.
struct StepSums {
  Tensor loss;             // fp64 scalar: sum over unmasked targets of the negative log likelihood, in nats, not scaled
  Tensor row_loss;         // optional fp64 [B]: the same by row, filled when defined (evaluation)
  Tensor divergence = {};  // fp64 scalar where microbatches have a distillation: sum over unmasked targets of its KL
};

/// What a call may use. Forward and backward of one (layer, microbatch) get the same `batch` and `saved`; a Pass itself
/// holds nothing and may be made anew for each call.
struct Pass {
  const Microbatch& batch;
  Saved* saved = nullptr;                       // null when evaluating
  KvCache* cache = nullptr;                     // null when training; this layer's own
  StepSums* sums = nullptr;                     // null when generating: the head then returns logits
  kernels::Unprojected* unprojected = nullptr;  // not null: the head leaves here what logits are made of
};

/// Weight gradients, run at once or kept for later (zero-bubble schedules).
class WeightGradQueue {
 public:
  virtual ~WeightGradQueue() = default;
  virtual void add(std::function<void()> compute) = 0;
};

/// Runs each weight gradient as soon as it is added.
class ImmediateWeightGrads final : public WeightGradQueue {
 public:
  void add(std::function<void()> compute) override { compute(); }
};

/// A piece of a model with an explicit backward. It owns no parameters: its unit gathers them and binds views.
class Layer {
 public:
  virtual ~Layer() = default;

  /// No storage. The order is that of `bind`.
  virtual std::span<const arch::ParameterSpec> specs() const = 0;

  /// Views made by the unit: values in the compute dtype; gradients in the dtype that the unit adds them up in, or
  /// undefined tensors while evaluating. Views stay valid until the next bind; undefined values take them back, so that
  /// no view outlives the unit's buffer.
  virtual void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) = 0;

  /// Leaves no autograd graph on its result. The first layer of a model ignores `x` and reads the batch's tokens or
  /// inputs; the last adds its loss to `pass.sums` and returns an undefined tensor, or returns logits when that is
  /// null.
  virtual Tensor forward(const Tensor& x, Pass& pass) = 0;

  /// Gradient of x. Weight gradients go to `weight_grads` and accumulate into the bound gradients. The first layer
  /// returns an undefined tensor; the last ignores `dy`.
  virtual Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) = 0;

  /// True when forward already accumulates weight gradients (a head that fuses its loss): gradients must then be bound
  /// before forward.
  virtual bool accumulates_in_forward() const { return false; }
};

}  // namespace trireme::layer
