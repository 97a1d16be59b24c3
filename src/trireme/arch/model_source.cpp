#include "trireme/arch/model_source.h"

#include <nlohmann/json.hpp>

#include "trireme/arch/adapted_source.h"
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

std::unique_ptr<ModelSource> open_adapted(const Adapter& adapter) {
  const std::string& base = adapter.config.base;
  if (!fs::exists(base)) {
    throw IoError(
        format("{}: adapts the model \"{}\", which is not there: its base_model_name_or_path must be a path here",
               adapter.source, base));
  }
  if (holds_adapter(resolve_model(base))) {
    throw FormatError(
        format("{}: adapts \"{}\", which is an adapter itself: merge that first, by trireme convert "
               "--merge",
               adapter.source, base));
  }
  return std::make_unique<AdaptedSource>(open_model_source(base), adapter);
}

}  // namespace

fs::path resolve_model(const fs::path& path) {
  if (!fs::exists(path)) throw io_error("can't open {}", path.string());
  if (!fs::is_directory(path)) return path;
  if (fs::exists(path / "config.json") || fs::exists(path / formats::kManifestName) || holds_adapter(path)) return path;
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
  if (holds_adapter(model)) return open_adapted(read_adapter(model));
  if (fs::exists(model / "config.json")) return std::make_unique<HfSource>(model);
  return std::make_unique<CheckpointSource>(model);
}

}  // namespace trireme::arch
