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

std::unique_ptr<ModelSource> open_model_source(const fs::path& path) {
  if (!fs::exists(path)) throw io_error("can't open {}", path.string());
  if (!fs::is_directory(path)) return std::make_unique<GgufSource>(path);
  if (fs::exists(path / "config.json")) return std::make_unique<HfSource>(path);
  if (fs::exists(path / formats::kManifestName)) return std::make_unique<CheckpointSource>(path);
  const fs::path checkpoint = newest_checkpoint(path);
  if (!checkpoint.empty()) return std::make_unique<CheckpointSource>(checkpoint);
  throw FormatError(
      format("{}: no model here: a Hugging Face folder has config.json, a checkpoint manifest.json, a run "
             "checkpoints/step_NNNNNNNN; a single file is read as GGUF",
             path.string()));
}

}  // namespace trireme::arch
