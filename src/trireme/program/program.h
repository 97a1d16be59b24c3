#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trireme/layer/loss_layer.h"
#include "trireme/layer/module_layer.h"
#include "trireme/program/examples.h"
#include "trireme/program/trained.h"

namespace trireme::program {

/// What a user's training program is made of.
struct Program {
  std::vector<layer::NamedModule> modules;  // in the order in which they run; one unit each
  layer::LossFunction loss;                 // of the last module's result
  std::shared_ptr<const ExampleSource> train;
  std::shared_ptr<const ExampleSource> valid = nullptr;    // null: no validation loss
  std::function<void(Trained& trained)> on_finished = {};  // after the last step; every rank calls it; may be empty
};

/// Makes the program's parts on a rank, from what the command line holds beside the arguments below. PyTorch's
/// generator is seeded with train.seed before; of the modules' initial values those of rank 0 count.
using MakeProgram = std::function<Program(const std::vector<std::string>& arguments)>;

/// The whole `main` of a training program: `./program RECIPE [ARGUMENT]… [--ranks N] [--resume] [--set KEY=VALUE]…`,
/// see
/// --help. The recipe is one without [model] and [data]. Started by hand it supervises its ranks, which are this
/// program again; started by mpirun, srun or with torchrun's variables it is a rank. Run folder, logs, checkpoints,
/// restarts and signals are those of `trireme train`; docs/errors.md lists the exit statuses.
int run(int argc, char** argv, const MakeProgram& make);

}  // namespace trireme::program
