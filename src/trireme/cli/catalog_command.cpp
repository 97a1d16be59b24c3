#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trireme/catalog/gpu_peaks.h"
#include "trireme/catalog/model_presets.h"
#include "trireme/cli/command.h"

namespace trireme::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Rows of flat objects with equal keys: as JSON, or in columns with a heading.
void print_rows(const Json& rows, bool json) {
  if (json) {
    std::cout << rows.dump(2) << "\n";
    return;
  }
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "unknown" : value.dump();
  };
  for (size_t row = 0; row <= rows.size(); ++row) {
    std::ostringstream line;
    for (const auto& [key, first] : rows.at(0).items()) {
      size_t width = key.size();
      for (const Json& each : rows) width = std::max(width, text(each.at(key)).size());
      line << std::left << std::setw(static_cast<int>(width) + 2) << (row == 0 ? key : text(rows[row - 1].at(key)));
    }
    const std::string padded = line.str();
    std::cout << padded.substr(0, padded.find_last_not_of(' ') + 1) << "\n";
  }
}

struct CatalogModels {
  bool json = false;

  void declare(Arguments& arguments) { arguments.json(json); }

  ExitCode run() const {
    Json rows = Json::array();
    for (const catalog::ModelPreset& preset : catalog::model_presets()) {
      const arch::ModelConfig& config = preset.config;
      rows.push_back({{"name", preset.name},
                      {"type", config.model_type},
                      {"parameters", preset.parameters},
                      {"layers", config.num_hidden_layers},
                      {"hidden", config.hidden_size},
                      {"heads", config.num_attention_heads},
                      {"kv_heads", config.kv_heads()},
                      {"vocabulary", config.vocab_size},
                      {"positions", config.max_position_embeddings},
                      {"source", preset.source}});
    }
    print_rows(rows, json);
    return ExitCode::kOk;
  }
};

struct CatalogGpus {
  bool json = false;

  void declare(Arguments& arguments) { arguments.json(json); }

  ExitCode run() const {
    const auto tflops = [](const std::optional<double>& flops) { return flops ? Json(*flops / 1e12) : Json(); };
    Json rows = Json::array();
    for (const catalog::GpuPeaks& gpu : catalog::gpu_peaks()) {
      rows.push_back({{"key", gpu.key},
                      {"name", gpu.name},
                      {"bf16_tflops", tflops(gpu.bf16_flops)},
                      {"fp32_tflops", tflops(gpu.fp32_flops)},
                      {"memory_gib", gpu.memory_bytes / (int64_t{1} << 30)},
                      {"gb_per_second", gpu.bandwidth / 1e9},
                      {"source", gpu.source}});
    }
    print_rows(rows, json);
    return ExitCode::kOk;
  }
};

const Registered<CatalogModels> models{{
    .name = "catalog models",
    .summary = "list the models that a recipe can name by model.preset",
    .example = "trireme catalog models --json",
    .group = CommandGroup::kInspect,
}};

const Registered<CatalogGpus> gpus{{
    .name = "catalog gpus",
    .summary = "list GPUs with their dense peaks, as MFU and time floors use them",
    .example = "trireme catalog gpus",
    .group = CommandGroup::kInspect,
}};

}  // namespace

}  // namespace trireme::cli
