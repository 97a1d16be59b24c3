#include "trireme/arch/model_source.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/checkpoint_source.h"
#include "trireme/arch/gguf_source.h"
#include "trireme/arch/hf_source.h"
#include "trireme/core/error.h"
#include "trireme/formats/checkpoint_folder.h"

namespace trireme::arch {

namespace {

/// The newest complete checkpoint of a run folder or of its checkpoints/ folder; empty when there is none.
fs::path newest_checkpoint(const fs::path& path) {
  for (const fs::path& root : {path, path / "checkpoints"}) {
    for (const fs::path& folder : formats::list_checkpoints(root)) {
      if (fs::exists(folder / formats::kManifestName)) return folder;
    }
  }
  return {};
}

}  // namespace

fs::path resolve_model(const fs::path& path) {
  if (!fs::exists(path)) throw io_error("can't open {}", path.string());
  if (!fs::is_directory(path)) return path;
  if (fs::exists(path / "config.json") || fs::exists(path / formats::kManifestName)) return path;
  const fs::path checkpoint = newest_checkpoint(path);
  if (!checkpoint.empty()) return checkpoint;
  throw FormatError(
      format("{}: no model here: a Hugging Face folder has config.json, a checkpoint manifest.json, a run "
             "checkpoints/step_NNNNNNNN; a single file is read as GGUF",
             path.string()));
}

std::unique_ptr<ModelSource> open_model_source(const fs::path& path) {
  const fs::path model = resolve_model(path);
  if (!fs::is_directory(model)) return std::make_unique<GgufSource>(model);
  if (fs::exists(model / "config.json")) return std::make_unique<HfSource>(model);
  return std::make_unique<CheckpointSource>(model);
}

}  // namespace trireme::arch
