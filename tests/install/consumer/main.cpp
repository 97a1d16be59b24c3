// A user's program: one step of a small Llama on two ranks, as threads, with FSDP.
#include <ATen/ATen.h>

#include <cstdio>
#include <thread>

#include "trireme/comm/local/local.h"
#include "trireme/engine/batch_source.h"
#include "trireme/engine/setup.h"
#include "trireme/engine/trainer.h"
#include "trireme/mesh/mesh.h"

using namespace trireme;

namespace {

struct OneBatch final : engine::BatchSource {
  std::vector<layer::Microbatch> take(int64_t) override {
    const at::Tensor tokens = at::arange(8, at::kLong).view({1, 8});
    return {engine::make_microbatch(tokens, tokens.roll(-1, 1))};
  }
};

double first_loss(comm::Communicator& world) {
  recipe::Recipe recipe;
  recipe.model.config.hidden_size = 16;
  recipe.model.config.intermediate_size = 32;
  recipe.model.config.num_hidden_layers = 1;
  recipe.model.config.num_attention_heads = recipe.model.config.num_key_value_heads = 2;
  recipe.model.config.vocab_size = 8;
  recipe.train.seq_len = 8;
  recipe.train.global_batch_size = world.size();
  const mesh::Mesh mesh(world, {.dp_shard = world.size()});
  engine::Trainer trainer(
      recipe, engine::named_layers(recipe, arch::describe(recipe.model.config), Device{}),
      engine::shard_options(recipe, Device{}),
      {mesh.group(mesh::Axis::kDpShard), mesh.group(mesh::Axis::kDpReplicate), mesh.group(mesh::Axis::kBatch)});
  trainer.initialize(/*seed=*/1);
  OneBatch batches;
  return trainer.step(batches).loss.item<double>();
}

}  // namespace

int main() {
  auto ranks = comm::local::make_world(2);
  std::thread second([&] { first_loss(*ranks[1]); });
  const double loss = first_loss(*ranks[0]);
  second.join();
  std::printf("loss %.4f\n", loss);
  return loss > 1.5 && loss < 3.0 ? 0 : 1;  // ln 8 = 2.08
}
