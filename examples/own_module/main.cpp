// Reads handwritten digits of 8 x 8 pixels: ./own_module digits.toml digits.csv --ranks 3
#include <torch/torch.h>

#include <fstream>
#include <iostream>

#include "trireme/program/program.h"

namespace nn = torch::nn;
namespace program = trireme::program;
using torch::Tensor;
using trireme::layer::Microbatch;

/// A line is an image, 64 numbers from 0 to 16, and the digit that it shows.
program::Examples read_digits(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("can't open " + path);
  std::vector<float> numbers;
  for (float number; file >> number; file.ignore(1, ',')) numbers.push_back(number);
  const Tensor lines = torch::tensor(numbers).view({-1, 65});
  return {lines.narrow(1, 0, 64).reshape({-1, 1, 8, 8}) / 16, lines.select(1, 64).to(torch::kLong)};
}

Tensor loss(const Tensor& logits, const Microbatch& batch) {
  return nn::functional::cross_entropy(logits, batch.targets,
                                       nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
}

program::Program make(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) throw std::runtime_error("name the file with the digits, digits.csv");
  const program::Examples digits = read_digits(arguments[0]);
  const int64_t kept = digits.inputs.size(0) - 360;
  const program::Examples unseen = {digits.inputs.slice(0, kept), digits.targets.slice(0, kept)};

  nn::Conv2d edges(nn::Conv2dOptions(1, 16, 3).padding(1));
  nn::Linear shapes(16 * 4 * 4, 64), classes(64, 10);
  return {
      .modules = {{"edges", edges.ptr(),
                   [=](const Tensor& x, const Microbatch&) mutable {
                     return torch::max_pool2d(edges(x).relu(), 2).flatten(1);
                   }},
                  {"shapes", shapes.ptr(),
                   [=](const Tensor& x, const Microbatch&) mutable { return shapes(x).relu(); }},
                  {"classes", classes.ptr(), [=](const Tensor& x, const Microbatch&) mutable { return classes(x); }}},
      .loss = loss,
      .train = program::in_memory({digits.inputs.slice(0, 0, kept), digits.targets.slice(0, 0, kept)}),
      .valid = program::in_memory(unseen),
      .on_finished =
          [=](program::Trained& trained) {
            const Tensor right = trained.predict(unseen.inputs).argmax(1).eq(unseen.targets);
            if (trained.is_rank_0()) std::cout << right.sum().item<int64_t>() << " of 360 unseen digits read\n";
          },
  };
}

int main(int argc, char** argv) { return program::run(argc, argv, make); }
