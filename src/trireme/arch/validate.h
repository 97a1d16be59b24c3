#pragma once

#include "trireme/arch/model_config.h"
#include "trireme/core/diagnostic.h"

namespace trireme::arch {

/// Every problem of a model's sizes and names, under keys such as "model.hidden_size". Changes nothing.
Diagnostics validate(const ModelConfig& config);

}  // namespace trireme::arch
