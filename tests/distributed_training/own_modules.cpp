#include "distributed_training/own_modules.h"

#include <torch/torch.h>

#include "trireme/engine/setup.h"
#include "trireme/program/own_task.h"

namespace trireme::testing {

using at::Tensor;
namespace nn = torch::nn;

namespace {

struct SharedLinear : nn::Module {
  explicit SharedLinear(const Tensor& weight) : weight_(register_parameter("weight", weight)) {
    bias_ = register_parameter("bias", torch::zeros({weight.size(0)}));
  }
  Tensor weight_, bias_;
};

void fill(const std::vector<layer::NamedModule>& modules, uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const torch::NoGradGuard guard;
  for (const auto& named : modules)
    for (Tensor& parameter : named.module->parameters()) parameter.normal_(0.0, 0.2, generator);
}

}  // namespace

std::vector<layer::NamedModule> own_classifier(uint64_t seed) {
  nn::Conv2d conv(nn::Conv2dOptions(1, 5, 3).padding(1));
  nn::Linear hidden(5 * 16, 21), inner(21, 21), head(21, 7);
  nn::LayerNorm norm(nn::LayerNormOptions({21}));
  const auto shared = std::make_shared<SharedLinear>(inner->weight);
  using layer::Microbatch;
  std::vector<layer::NamedModule> modules = {
      {"conv", conv.ptr(), [conv](const Tensor& x, const Microbatch&) mutable { return conv(x).relu().flatten(1); }},
      {"hidden", hidden.ptr(), [hidden](const Tensor& x, const Microbatch&) mutable { return torch::gelu(hidden(x)); }},
      {"norm", norm.ptr(), [norm](const Tensor& x, const Microbatch&) mutable { return norm(x); }},
      {"inner", inner.ptr(), [inner](const Tensor& x, const Microbatch&) mutable { return inner(x).tanh() + x; }},
      {"shared", shared,
       [shared](const Tensor& x, const Microbatch&) { return x.matmul(shared->weight_) + shared->bias_; }},
      {"head", head.ptr(), [head](const Tensor& x, const Microbatch&) mutable { return head(x); }},
  };
  fill(modules, seed);
  return modules;
}

program::Program own_program(uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(5);
  const Tensor images = torch::randn({31, 1, 4, 4}, generator);
  const Tensor targets = torch::randint(7, {31}, generator, torch::kLong);
  targets.slice(0, 0, 31, 6).fill_(layer::kIgnoredTarget);
  const auto data = program::in_memory({images, targets});
  const auto loss = [](const Tensor& y, const layer::Microbatch& batch) {
    return nn::functional::cross_entropy(y, batch.targets,
                                         nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
  };
  return {.modules = own_classifier(seed), .loss = loss, .train = data, .valid = data};
}

TinyRun own_run() {
  TinyRun run;
  run.recipe.model = {};
  run.recipe.train.seq_len = 1;
  return run;
}

std::unique_ptr<Trace> train_own(const TinyRun& run, int ranks, const Mode& mode) {
  auto trace = std::make_unique<Trace>();
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    recipe::Recipe recipe = run.recipe;
    recipe.parallel.zero = mode.zero;
    recipe.parallel.reshard_after_forward = run.reshard_after_forward;
    const uint64_t seed = 1 + static_cast<uint64_t>(mesh.world().rank().value());
    engine::Task task = program::own_task(own_program(seed), recipe, mesh, Device{});
    engine::Trainer trainer(recipe, std::move(task.layers), engine::shard_options(recipe, Device{}), groups_of(mesh));
    task.initialize(trainer);
    trace->initial_parameters.add(trainer.parameter_pieces());
    for (int64_t i = 0; i < run.steps; ++i) {
      const engine::StepReport report = trainer.step(*task.train);
      parallel::HostCopies host;
      if (i == 0) trace->first_gradients.add(gradient_pieces(trainer.model(), host));
      if (mesh.world().rank() == Rank(0)) trace->add(report);
    }
    const double validation = trainer.evaluate(*task.valid, 3).loss;
    if (mesh.world().rank() == Rank(0)) trace->losses.push_back(validation);
    trace->final_parameters.add(trainer.parameter_pieces());
  });
  return trace;
}

}  // namespace trireme::testing
