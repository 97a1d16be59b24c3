#include "trireme/program/own_task.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "support/expect_error.h"
#include "trireme/comm/local/local.h"
#include "trireme/core/error.h"

namespace trireme::program {
namespace {

Program linear_program() {
  torch::nn::Linear linear(2, 2);
  return {.modules = {{"lin", linear.ptr(),
                       [linear](const at::Tensor& x, const layer::Microbatch&) mutable { return linear(x); }}},
          .loss = [](const at::Tensor& y, const layer::Microbatch&) { return y.sum(); },
          .train = in_memory({at::zeros({2, 2}), at::zeros({2})})};
}

engine::Task task_of(Program program, const recipe::Recipe& recipe = {}) {
  const auto world = comm::local::make_alone("world");
  return own_task(std::move(program), recipe, mesh::Mesh(*world, {}), Device{});
}

TEST(OwnTask, IsModulesThenLoss) {
  const engine::Task task = task_of(linear_program());
  ASSERT_EQ(task.layers.size(), 2u);
  EXPECT_EQ(task.layers[0].name, "lin");
  EXPECT_EQ(task.layers[0].layer->specs()[0].name, "lin.weight");
  EXPECT_TRUE(task.layers[1].layer->specs().empty());
  EXPECT_EQ(task.valid, nullptr);
  EXPECT_EQ(task.data_identity, linear_program().train->identity());
}

TEST(OwnTask, NamesWhatTheProgramLacks) {
  const auto lacking = [](void (*remove)(Program&)) {
    Program program = linear_program();
    remove(program);
    return test::message_of<ConfigError>([&] { task_of(std::move(program)); });
  };
  EXPECT_EQ(lacking([](Program& program) { program.modules.clear(); }), "the program has no modules");
  EXPECT_EQ(lacking([](Program& program) { program.loss = {}; }), "the program has no loss function");
  EXPECT_EQ(lacking([](Program& program) { program.train = {}; }), "the program has no data to train on");
}

TEST(OwnTask, RefusesToRecomputeDropout) {
  Program program = linear_program();
  program.modules[0].module = torch::nn::Sequential(torch::nn::Linear(2, 2), torch::nn::Dropout(0.1)).ptr();
  recipe::Recipe recipe;
  recipe.train.recompute = "full";
  EXPECT_ERROR(ConfigError, "train.recompute = \"full\": module lin has dropout", task_of(std::move(program), recipe));
}

}  // namespace
}  // namespace trireme::program
