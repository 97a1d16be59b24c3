#include "trireme/model/embedding_layer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trireme/arch/families/family.h"
#include "trireme/kernels/embedding.h"
#include "trireme/model/parts/sinusoids.h"

namespace trireme::model {

using arch::Module;

namespace {

/// Part of ESM-2's tokens that training hides behind the mask token: 80 % of 15 %.
constexpr double kMaskedInTraining = 0.15 * 0.8;

/// First token of each document in the flattened batch, and their number behind, int64.
Tensor document_starts(const layer::Microbatch& batch) {
  if (batch.document_starts.defined()) return batch.document_starts;
  return at::arange(0, batch.tokens.numel() + 1, batch.tokens.size(1), batch.tokens.options());
}

}  // namespace

EmbeddingLayer::EmbeddingLayer(const arch::LayerSpec& spec, const arch::ModelConfig& config, int64_t max_positions)
    : spec_(spec), modules_(spec_) {
  const arch::Family& family = arch::family_of(config);
  if (arch::has_module(family.embedding, Module::kEmbeddingNorm)) {
    norm_.emplace(modules_[Module::kEmbeddingNorm],
                  NormPart::Options{.kind = family.norm, .eps = arch::norm_eps(config)});
  }
  if (family.positions == arch::Positions::kSinusoidal) sinusoid_rows_ = max_positions;
  if (family.scaled_embedding) scale_ = std::sqrt(static_cast<double>(config.hidden_size));
  if (config.token_dropout) dropped_token_ = config.mask_token_id;
}

Tensor EmbeddingLayer::row_scale(const layer::Microbatch& batch) const {
  // Rounded as the weights are, as transformers does.
  if (scale_ != 1.0) return at::scalar_tensor(scale_, modules_[Module::kTokens].weight.options());
  if (dropped_token_ < 0) return {};
  const Tensor dropped = batch.tokens.eq(dropped_token_).flatten();
  const Tensor starts = document_starts(batch), place = at::arange(dropped.numel(), starts.options());
  const Tensor sums = at::cat({at::zeros({1}, starts.options()), dropped.cumsum(0)});
  const Tensor lengths = starts.diff(), hidden = sums.index_select(0, starts).diff();
  const Tensor factor = (1 - kMaskedInTraining) * lengths.to(at::kDouble) / (lengths - hidden).clamp_min(1);
  const Tensor document = at::bucketize(place, starts, /*out_int32=*/false, /*right=*/true) - 1;
  return (factor.index_select(0, document) * dropped.logical_not())
      .view({batch.tokens.size(0), -1, 1})
      .to(modules_[Module::kTokens].weight.scalar_type());
}

const Tensor& EmbeddingLayer::positions() {
  if (sinusoid_rows_ == 0) return modules_[Module::kPositions].weight;
  const Tensor& tokens = modules_[Module::kTokens].weight;
  if (!sinusoids_.defined() || sinusoids_.scalar_type() != tokens.scalar_type()) {
    sinusoids_ = sinusoids(sinusoid_rows_, tokens.size(1)).to(tokens.options());
  }
  return sinusoids_;
}

Tensor EmbeddingLayer::forward(const Tensor&, layer::Pass& pass) {
  at::AutoDispatchBelowAutograd no_autograd;
  const layer::Microbatch& batch = pass.batch;
  Tensor x = kernels::embedding(batch.tokens, modules_[Module::kTokens].weight);
  if (const Tensor scale = row_scale(batch); scale.defined()) x.mul_(scale);
  if (const Tensor& table = positions(); table.defined()) x.add_(kernels::embedding(batch.positions, table));
  const Tensor& types = modules_[Module::kTokenTypes].weight;
  if (types.defined()) x.add_(types[0]);
  if (!norm_) return x;
  Tape tape(pass.saved);
  return norm_->forward(x, tape);
}

Tensor EmbeddingLayer::backward(const Tensor& dy, layer::Pass& pass, layer::WeightGradQueue& weight_grads) {
  at::AutoDispatchBelowAutograd no_autograd;
  Tape tape(pass.saved);
  const Tensor dx = norm_ ? norm_->backward(dy, {}, tape) : dy;
  const Tensor scale = row_scale(pass.batch);
  weight_grads.add([tokens = modules_[Module::kTokens], positions = modules_[Module::kPositions],
                    types = modules_[Module::kTokenTypes], dx, scale, ids = pass.batch.tokens,
                    places = pass.batch.positions] {
    at::AutoDispatchBelowAutograd no_tape;
    if (tokens.weight_grad.defined())
      kernels::embedding_backward_(tokens.weight_grad, scale.defined() ? dx * scale : dx, ids);
    if (positions.weight_grad.defined()) kernels::embedding_backward_(positions.weight_grad, dx, places);
    if (types.weight_grad.defined()) {
      const auto wide = kernels::accumulation_type(dx.scalar_type());
      types.weight_grad[0].add_(kernels::as_rows(dx).sum(0, /*keepdim=*/false, wide));
    }
  });
  return {};
}

}  // namespace trireme::model
