#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/recipe/load.h"

namespace trireme::supervise {

/// How a run's config.toml is written and read back. A program with layers of its own leaves out what does not apply.
struct ConfigIo {
  std::function<std::string(const recipe::Recipe&)> dump = recipe::dump_toml;
  std::function<recipe::LoadedRecipe(const fs::path&, const std::vector<std::string>& overrides)> load =
      [](const fs::path& path, const std::vector<std::string>& overrides) {
        return recipe::load_recipe(path, overrides);
      };
};

/// Names a run that has no log.name after its recipe's file. Throws ConfigError when that gives no name.
void name_run(recipe::Recipe& recipe, const fs::path& file);

/// runs/NAME, locked by one process for as long as this object lives.
///
/// Layout: config.toml (fully resolved), environment.json, metrics.jsonl, events.jsonl, logs/rank_N.log,
/// checkpoints/step_NNNNNNNN/, TensorBoard event files, .lock.
class RunFolder {
 public:
  /// Creates the folder of a new run, or opens that of the one to resume, and writes config.toml.
  /// Throws UsageError when a new run would overwrite another, or when there is none to resume; IoError when another
  /// process runs in it (with its pid) or it can't be written; ConfigError when `recipe` differs from the resumed run's
  /// in a key that must not change.
  RunFolder(const recipe::Recipe& recipe, bool resume, const ConfigIo& io = {});

  const fs::path& path() const { return path_; }
  fs::path config() const { return path_ / "config.toml"; }
  fs::path logs() const { return path_ / "logs"; }
  /// Keys that a resumed run has changed: "train.steps: 100 -> 200".
  const std::vector<std::string>& changes() const { return changes_; }

  /// environment.json: host, processor, memory, versions, git commit, launcher, world size, command line.
  void write_environment(const std::string& launcher, int world, const std::string& job_id) const;

 private:
  fs::path path_;
  UniqueFd lock_;
  std::vector<std::string> changes_;
};

}  // namespace trireme::supervise
