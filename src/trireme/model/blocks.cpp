#include "trireme/model/blocks.h"

#include <ATen/ATen.h>

#include "trireme/model/parts/attention.h"
#include "trireme/model/parts/mlp.h"
#include "trireme/model/parts/norm.h"

namespace trireme::model {

using arch::Module;
using layer::Pass;
using layer::WeightGradQueue;

namespace {

/// Parameters, attention and MLP; how norms and residuals join them is what a block adds. A(x), M(x), N(x) as on
/// arch::Wiring.
class Block : public layer::Layer {
 public:
  Block(const arch::LayerSpec& spec, const BlockOptions& options)
      : spec_(spec),
        options_(options),
        modules_(spec_),
        attention_(modules_, options_.shape, options_.rotary),
        mlp_(modules_, options_.shape, options_.keep_cheap) {}

  std::span<const arch::ParameterSpec> specs() const override { return spec_.parameters; }
  void bind(std::span<const Tensor> values, std::span<const Tensor> gradients) override {
    modules_.bind(values, gradients);
  }
  Tensor forward(const Tensor& x, Pass& pass) override {
    at::AutoDispatchBelowAutograd no_autograd;
    Tape tape(pass.saved);
    return forward(x, pass, tape);
  }
  Tensor backward(const Tensor& dy, Pass& pass, WeightGradQueue& weight_grads) override {
    at::AutoDispatchBelowAutograd no_autograd;
    Tape tape(pass.saved);
    return backward(dy, pass, tape, weight_grads);
  }

 protected:
  virtual Tensor forward(const Tensor& x, Pass& pass, Tape& tape) = 0;
  virtual Tensor backward(const Tensor& dy, Pass& pass, Tape& tape, WeightGradQueue& weight_grads) = 0;

  /// A norm whose output feeds a part of this block, which asks for it in backward.
  NormPart feeding_norm(Module module) const { return make_norm(module, /*output_read=*/true); }
  /// A norm whose output is only added.
  NormPart closing_norm(Module module) const { return make_norm(module, /*output_read=*/false); }

  const arch::LayerSpec spec_;
  const BlockOptions options_;
  BoundModules modules_;
  AttentionPart attention_;
  MlpPart mlp_;

 private:
  NormPart make_norm(Module module, bool output_read) const {
    const arch::BlockShape& shape = options_.shape;
    return {modules_[module],
            {.kind = shape.norm,
             .eps = shape.norm_eps,
             .adds_one = shape.norm_adds_one,
             .output_read = output_read,
             .keep_output = options_.keep_cheap}};
  }
};

/// r = x + A(N x); r + M(N r)
class PreNormBlock final : public Block {
  using Block::Block;

  Tensor forward(const Tensor& x, Pass& pass, Tape& tape) override {
    const Tensor r = attention_.forward(input_norm_.forward(x, tape), x, pass, tape);
    return mlp_.forward(mlp_norm_.forward(r, tape), r, tape);
  }
  Tensor backward(const Tensor& dy, Pass& pass, Tape& tape, WeightGradQueue& weight_grads) override {
    const Tensor dmlp = mlp_.backward(
        dy, [&] { return mlp_norm_.output(tape); }, tape, weight_grads);
    const Tensor dr = mlp_norm_.backward(dmlp, dy, tape);
    const Tensor dattention = attention_.backward(
        dr, [&] { return input_norm_.output(tape); }, pass, tape, weight_grads);
    return input_norm_.backward(dattention, dr, tape);
  }

  NormPart input_norm_ = feeding_norm(Module::kInputNorm), mlp_norm_ = feeding_norm(Module::kMlpInputNorm);
};

/// x + A(N x) + M(N x)
class ParallelBlock final : public Block {
  using Block::Block;

  Tensor forward(const Tensor& x, Pass& pass, Tape& tape) override {
    const Tensor r = attention_.forward(input_norm_.forward(x, tape), x, pass, tape);
    return mlp_.forward(mlp_norm_.forward(x, tape), r, tape);
  }
  Tensor backward(const Tensor& dy, Pass& pass, Tape& tape, WeightGradQueue& weight_grads) override {
    const Tensor dmlp = mlp_.backward(
        dy, [&] { return mlp_norm_.output(tape); }, tape, weight_grads);
    const Tensor dx = mlp_norm_.backward(dmlp, dy, tape);
    const Tensor dattention = attention_.backward(
        dy, [&] { return input_norm_.output(tape); }, pass, tape, weight_grads);
    return input_norm_.backward(dattention, dx, tape);
  }

  NormPart input_norm_ = feeding_norm(Module::kInputNorm), mlp_norm_ = feeding_norm(Module::kMlpInputNorm);
};

/// r = N(x + A x); N(r + M r)
class PostNormBlock final : public Block {
  using Block::Block;

  Tensor forward(const Tensor& x, Pass& pass, Tape& tape) override {
    tape.push(x);
    const Tensor r = attention_norm_.forward(attention_.forward(x, x, pass, tape), tape);
    return mlp_norm_.forward(mlp_.forward(r, r, tape), tape);
  }
  Tensor backward(const Tensor& dy, Pass& pass, Tape& tape, WeightGradQueue& weight_grads) override {
    const Tensor dsum = mlp_norm_.backward(dy, {}, tape);
    const Tensor dr = mlp_.backward(
                              dsum, [&] { return attention_norm_.output(tape); }, tape, weight_grads)
                          .add_(dsum);
    const Tensor dinner = attention_norm_.backward(dr, {}, tape);
    return attention_
        .backward(
            dinner, [&] { return tape.pop(); }, pass, tape, weight_grads)
        .add_(dinner);
  }

  NormPart attention_norm_ = feeding_norm(Module::kAttentionNorm), mlp_norm_ = closing_norm(Module::kMlpNorm);
};

/// r = x + N(A(N x)); r + N(M(N r))
class SandwichBlock final : public Block {
  using Block::Block;

  Tensor forward(const Tensor& x, Pass& pass, Tape& tape) override {
    const Tensor attended = attention_.forward(input_norm_.forward(x, tape), {}, pass, tape);
    const Tensor r = x + attention_norm_.forward(attended, tape);
    const Tensor made = mlp_.forward(mlp_input_norm_.forward(r, tape), {}, tape);
    return r + mlp_norm_.forward(made, tape);
  }
  Tensor backward(const Tensor& dy, Pass& pass, Tape& tape, WeightGradQueue& weight_grads) override {
    const Tensor dmade = mlp_norm_.backward(dy, {}, tape);
    const Tensor dmlp = mlp_.backward(
        dmade, [&] { return mlp_input_norm_.output(tape); }, tape, weight_grads);
    const Tensor dr = mlp_input_norm_.backward(dmlp, dy, tape);
    const Tensor dattended = attention_norm_.backward(dr, {}, tape);
    const Tensor dattention = attention_.backward(
        dattended, [&] { return input_norm_.output(tape); }, pass, tape, weight_grads);
    return input_norm_.backward(dattention, dr, tape);
  }

  NormPart input_norm_ = feeding_norm(Module::kInputNorm), attention_norm_ = closing_norm(Module::kAttentionNorm);
  NormPart mlp_input_norm_ = feeding_norm(Module::kMlpInputNorm), mlp_norm_ = closing_norm(Module::kMlpNorm);
};

}  // namespace

std::unique_ptr<layer::Layer> make_block(const arch::LayerSpec& spec, const BlockOptions& options) {
  switch (options.shape.wiring) {
    case arch::Wiring::kPreNorm: return std::make_unique<PreNormBlock>(spec, options);
    case arch::Wiring::kParallel: return std::make_unique<ParallelBlock>(spec, options);
    case arch::Wiring::kPostNorm: return std::make_unique<PostNormBlock>(spec, options);
    case arch::Wiring::kSandwich: return std::make_unique<SandwichBlock>(spec, options);
  }
  TRIREME_CHECK(false, "unknown wiring");
}

}  // namespace trireme::model
