#pragma once

#include "trireme/model/whole_model.h"
#include "trireme/recipe/recipe.h"

namespace trireme::engine {

/// The trained model that a run distils from. It lies whole on each rank, in the compute dtype, and runs forward alone.
class Teacher {
 public:
  /// REQUIRES: options.vocabulary ids are in `model` and in the student.
  Teacher(const recipe::Distill& options, model::WholeModel model) : options_(options), model_(std::move(model)) {}

  /// What the student's head needs for its loss on `batch`. Communicates nothing. On a CPU it throws ConfigError for
  /// a token that the teacher lacks.
  kernels::Distillation teach(const layer::Microbatch& batch);

 private:
  recipe::Distill options_;
  model::WholeModel model_;
};

/// The teacher that a resolved recipe names, on its device; null when it names none. Throws IoError or FormatError.
std::unique_ptr<Teacher> open_teacher(const recipe::Recipe& recipe, Device device);

}  // namespace trireme::engine
