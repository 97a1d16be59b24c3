#pragma once

#include "trireme/engine/task.h"
#include "trireme/mesh/mesh.h"
#include "trireme/program/program.h"

namespace trireme::program {

/// This rank's work: the program's modules and loss as layers, its data as batches. Communicates nothing; the task's
/// `initialize` does. Throws ConfigError for what the program lacks, or module_layers refuses.
engine::Task own_task(Program program, const recipe::Recipe& recipe, const mesh::Mesh& mesh, Device device);

}  // namespace trireme::program
