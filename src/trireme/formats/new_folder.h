#pragma once

#include "trireme/core/file.h"

namespace trireme::formats {

/// A folder that appears under its name whole or not at all: it is filled beside it as ".NAME.tmp-PID". Dropped before
/// `commit`, it leaves nothing.
class NewFolder {
 public:
  /// Throws ConfigError when `target` exists and is not an empty folder; IoError when nothing can be created there.
  explicit NewFolder(const fs::path& target);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where to write meanwhile.
  const fs::path& path() const { return temporary_; }
  /// Renames. The files in it must have been flushed to the disk.
  void commit();

 private:
  fs::path target_;
  fs::path temporary_;
  bool committed_ = false;
};

}  // namespace trireme::formats
