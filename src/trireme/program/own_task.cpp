#include "trireme/program/own_task.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "trireme/core/error.h"
#include "trireme/engine/setup.h"
#include "trireme/layer/recompute.h"
#include "trireme/mesh/tensor_collectives.h"

namespace trireme::program {

namespace {

using at::Tensor;
using InitialValues = std::map<std::string, Tensor>;  // by global name; fp32, flat, in host memory

InitialValues initial_values_of(const std::vector<std::unique_ptr<layer::ModuleLayer>>& layers) {
  InitialValues values;
  for (const auto& layer : layers) {
    const std::vector<Tensor> tensors = layer->initial_values();
    for (size_t i = 0; i < tensors.size(); ++i)
      values.emplace(layer->specs()[i].name, tensors[i].to(at::kCPU, at::kFloat).flatten().contiguous());
  }
  return values;
}

/// Rank 0's values become the masters of all ranks. Collective.
void fill_masters(engine::Trainer& trainer, const InitialValues& values, comm::Communicator& world) {
  for (const auto& [name, value] : values) mesh::broadcast(world, value, Rank(0)).wait();
  trainer.fill_parameters([&](const arch::ParameterSpec& spec, int64_t first, std::span<float> out) {
    std::copy_n(values.at(spec.name).const_data_ptr<float>() + first, out.size(), out.begin());
  });
}

std::unique_ptr<layer::Layer> recomputed(std::unique_ptr<layer::ModuleLayer> layer) {
  if (layer->has_dropout()) {
    throw ConfigError(
        format("train.recompute = \"full\": module {} has dropout, whose second forward would draw another mask; set "
               "train.recompute = \"none\"",
               layer->name()));
  }
  return std::make_unique<layer::RecomputedLayer>(std::move(layer));
}

std::vector<parallel::NamedLayer> named_layers(std::vector<std::unique_ptr<layer::ModuleLayer>> layers,
                                               layer::LossFunction loss, const recipe::Recipe& recipe) {
  std::vector<parallel::NamedLayer> named;
  for (auto& layer : layers) {
    std::string name = layer->name();
    const bool again = recipe.train.recompute == "full";
    named.push_back({std::move(name), again ? recomputed(std::move(layer)) : std::move(layer)});
  }
  named.push_back({"loss", std::make_unique<layer::LossLayer>(std::move(loss))});
  return named;
}

void check_complete(const Program& program) {
  const auto refuse = [](const char* what) { throw ConfigError(format("the program has no {}", what)); };
  if (program.modules.empty()) refuse("modules");
  if (!program.loss) refuse("loss function");
  if (!program.train) refuse("data to train on");
}

}  // namespace

engine::Task own_task(Program program, const recipe::Recipe& recipe, const mesh::Mesh& mesh, Device device) {
  check_complete(program);
  const parallel::ShardOptions options = engine::shard_options(recipe, device);
  const auto batches = [&](const std::shared_ptr<const ExampleSource>& source, bool shuffled) {
    return std::make_unique<ExampleBatches>(
        source, ExampleBatches::Options{.layout = {.global_batch_size = recipe.train.global_batch_size,
                                                   .micro_batch_size = recipe.train.micro_batch_size,
                                                   .num_data_ranks = mesh.degree(mesh::Axis::kBatch)},
                                        .data_rank = mesh.index(mesh::Axis::kBatch),
                                        .shuffled = shuffled,
                                        .seed = recipe.train.seed,
                                        .compute = options.compute,
                                        .device = options.device});
  };
  auto layers = layer::module_layers(std::move(program.modules));
  engine::Task task{.layers = {},
                    .train = batches(program.train, /*shuffled=*/true),
                    .valid = program.valid ? batches(program.valid, /*shuffled=*/false) : nullptr,
                    .valid_batches = program.valid ? engine::evaluation_batches(recipe, program.valid->size()) : 0,
                    .initialize = [values = initial_values_of(layers),
                                   &mesh](engine::Trainer& trainer) { fill_masters(trainer, values, mesh.world()); },
                    .data_identity = program.train->identity(),
                    .tokenizer = {},
                    .model_config = {},
                    .flops_per_token = std::nullopt};
  task.layers = named_layers(std::move(layers), std::move(program.loss), recipe);
  return task;
}

}  // namespace trireme::program
