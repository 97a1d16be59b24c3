#include "trireme/formats/new_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include "trireme/core/error.h"

namespace trireme::formats {

NewFolder::NewFolder(const fs::path& target) : target_(fs::absolute(target).lexically_normal()) {
  if (!target_.has_filename()) target_ = target_.parent_path();  // it ended in a slash
  std::error_code ignored;
  if (fs::exists(target_, ignored)) {
    if (!fs::is_directory(target_)) throw ConfigError(format("{} is a file; give a folder", target_.string()));
    if (!fs::is_empty(target_)) {
      throw ConfigError(format("{} is not empty; give a new folder, or empty it first", target_.string()));
    }
  }
  make_folders(target_.parent_path());
  temporary_ = target_.parent_path() / format(".{}.tmp-{}", target_.filename().string(), ::getpid());
  if (::mkdir(temporary_.c_str(), 0777) != 0) throw io_error("can't create folder {}", temporary_.string());
}

NewFolder::~NewFolder() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void NewFolder::commit() {
  fsync_path(temporary_);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw io_error("can't rename {} to {}", temporary_.string(), target_.string());
  }
  committed_ = true;
  fsync_path(target_.parent_path());
}

}  // namespace trireme::formats
