#include "trireme/supervise/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/plain_name.h"
#include "trireme/supervise/recipe_changes.h"
#include "trireme/supervise/run_environment.h"

namespace trireme::supervise {

namespace {

/// Locks the folder until the descriptor closes, by itself when the process dies. The file says who holds it.
UniqueFd lock_folder(const fs::path& folder) {
  const fs::path path = folder / ".lock";
  UniqueFd fd = open_file(path, O_RDWR | O_CREAT, 0600);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    throw IoError(format("another run works in {}: {}; wait for it, stop it, or give this run another log.name",
                         folder.string(), read_file(path)));
  }
  if (::ftruncate(fd.get(), 0) != 0) throw io_error("can't write {}", path.string());
  write_all(fd.get(), format("process {} on {}", ::getpid(), host_name()), path);
  return fd;
}

/// A run that ended before its first step left nothing to lose.
bool has_steps(const fs::path& folder) {
  std::error_code absent;
  const fs::path metrics = folder / "metrics.jsonl", checkpoints = folder / "checkpoints";
  const bool logged = fs::exists(metrics) && fs::file_size(metrics, absent) > 0;
  return logged || (fs::is_directory(checkpoints) && !fs::is_empty(checkpoints));
}

recipe::Recipe read_config(const fs::path& path, const ConfigIo& io) {
  const recipe::LoadedRecipe loaded = io.load(path, {});
  if (loaded.diagnostics.has_errors()) {
    throw ConfigError(format("can't resume: {} does not load\n{}", path.string(), loaded.diagnostics.to_string()));
  }
  return loaded.recipe;
}

}  // namespace

void name_run(recipe::Recipe& recipe, const fs::path& file) {
  if (recipe.log.name.empty()) recipe.log.name = file.stem().string();
  if (!is_plain_name(recipe.log.name))
    throw ConfigError(format("{}: its name gives no name to the run; set log.name", file.string()));
}

RunFolder::RunFolder(const recipe::Recipe& recipe, bool resume, const ConfigIo& io)
    : path_(fs::path(recipe.log.folder) / recipe.log.name) {
  if (resume && !fs::exists(config())) {
    throw UsageError(format("{} holds no run to resume; leave --resume out to start one", path_.string()));
  }
  make_folders(path_);
  lock_ = lock_folder(path_);
  if (!resume && has_steps(path_)) {
    throw UsageError(
        format("{} holds a run already; go on with --resume, or choose another name with "
               "--set log.name=NAME",
               path_.string()));
  }
  if (resume && has_steps(path_)) changes_ = recipe_changes(read_config(config(), io), recipe);
  write_file_atomic(config(), io.dump(recipe));
}

void RunFolder::write_environment(const std::string& launcher, int world, const std::string& job_id) const {
  write_file_atomic(path_ / "environment.json", describe_environment(launcher, world, job_id));
}

}  // namespace trireme::supervise
