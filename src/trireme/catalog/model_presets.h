#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trireme/arch/model_config.h"

namespace trireme::catalog {

/// A row of facts/models.tsv.
struct ModelPreset {
  std::string name;  // "llama3-8b"
  arch::ModelConfig config;
  int64_t parameters = 0;  // as published; what describe(config) must count
  std::string source;
};

/// All rows, in file order.
std::vector<ModelPreset> model_presets();

/// The model of that name. Throws ConfigError, with the nearest name or the whole list, when there is none.
arch::ModelConfig preset(std::string_view name);

}  // namespace trireme::catalog
