#pragma once

#include <memory>

#include "trireme/cli/model_arguments.h"
#include "trireme/data/tokenizer.h"
#include "trireme/model/whole_model.h"

namespace trireme::cli {

/// A trained model, whole in this process, with the tokenizer that goes with it.
struct LoadedModel {
  std::unique_ptr<data::Tokenizer> tokenizer;
  std::unique_ptr<arch::ModelSource> source;
  Device device;
  DType dtype;

  /// Builds the model for texts of up to `positions` tokens and reads its weights.
  std::unique_ptr<model::WholeModel> build(int64_t positions) const;
};

/// Opens model and tokenizer, and sets the number of threads. Throws ConfigError when they don't fit each
/// other, DeviceError when the device is not there.
LoadedModel load_model(const ModelArguments& arguments);

}  // namespace trireme::cli
