#include "trireme/catalog/gpu_peaks.h"
#include "trireme/catalog/model_presets.h"
#include "trireme/cli/command.h"
#include "trireme/cli/print_rows.h"

namespace trireme::cli {

namespace {

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
