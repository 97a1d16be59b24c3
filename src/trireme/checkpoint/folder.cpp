#include "trireme/checkpoint/folder.h"

#include <fcntl.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <vector>

#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/formats/checkpoint_manifest.h"

namespace trireme::checkpoint {

namespace {

bool is_complete(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / formats::kManifestName, ignored);
}

double age_in_hours(const fs::path& folder) {
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(folder / formats::kManifestName);
  return std::chrono::duration<double, std::ratio<3600>>(age).count();
}

/// Hides it first: a removal that is interrupted never leaves half a checkpoint under its name.
void remove_checkpoint(const fs::path& folder) {
  const fs::path hidden = folder.parent_path() / format(".{}.tmp-removed", folder.filename().string());
  std::error_code problem;
  fs::rename(folder, hidden, problem);
  fs::remove_all(problem ? folder : hidden, problem);
  if (problem) log_warning("can't remove old checkpoint {}: {}", folder.string(), problem.message());
}

void rename_folder(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw io_error("can't rename {} to {}", from.string(), to.string());
}

/// Swaps two names at once. False where the file system can't: NFS and Lustre.
bool exchange(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return false;
  throw io_error("can't exchange {} and {}", from.string(), to.string());
}

/// Instead of an exchange. The new one bears the spare name while the old one makes room, so that a crash leaves either
/// or both where readers look.
void replace_in_steps(const fs::path& unfinished, const fs::path& spare, const fs::path& final) {
  rename_folder(unfinished, spare);
  fsync_path(final.parent_path());
  remove_checkpoint(final);
  rename_folder(spare, final);
}

/// What a crash between those steps left.
void settle_spare(const fs::path& spare, const fs::path& final) {
  if (!fs::exists(spare)) return;
  if (fs::exists(final)) return remove_checkpoint(spare);
  rename_folder(spare, final);
}

}  // namespace

std::string unfinished_name(int64_t step, const std::string& generation) {
  return format(".{}.tmp-{}", folder_name(step), generation);
}

void publish(const fs::path& unfinished, const fs::path& final) {
  const int64_t step = *step_of(final.filename().string());
  const fs::path spare = final.parent_path() / formats::spare_folder_name(step);
  fsync_path(unfinished);
  settle_spare(spare, final);
  if (!fs::exists(final)) {
    rename_folder(unfinished, final);
  } else if (!exchange(unfinished, final)) {
    replace_in_steps(unfinished, spare, final);
  }
  fsync_path(final.parent_path());
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);  // the old one, if they were exchanged
}

void remove_unfinished(const fs::path& root) noexcept {
  std::error_code problem;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(root, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".step_") && name.find(".tmp-") != name.npos) stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) {
    log_info("removing unfinished checkpoint {}", path.string());
    fs::remove_all(path, problem);
  }
}

void apply_retention(const fs::path& root, const Retention& retention) {
  int64_t complete = 0;
  for (const fs::path& folder : list_checkpoints(root)) {
    const int64_t step = *step_of(folder.filename().string());
    const bool newest = complete < std::max<int64_t>(retention.keep, 1);
    if (is_complete(folder)) {
      ++complete;
      const int64_t multiple = retention.keep_every_steps;
      if (newest || (multiple > 0 && step % multiple == 0) || age_in_hours(folder) < retention.keep_hours) continue;
    } else if (newest) {
      continue;  // evidence of what went wrong, until good ones have taken its place
    }
    remove_checkpoint(folder);
  }
}

}  // namespace trireme::checkpoint
