#pragma once

#include <fcntl.h>
#include <cstdlib>
#include <string>

#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme::test {

/// A fresh folder, removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "trireme-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw io_error("can't create {}", pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

inline void write_file(const fs::path& path, std::string_view bytes) {
  const UniqueFd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), bytes, path);
}

/// Writes `bytes` over those at `offset`.
inline void overwrite(const fs::path& path, size_t offset, std::string_view bytes) {
  std::string text = read_file(path);
  text.replace(offset, bytes.size(), bytes);
  write_file(path, text);
}

}  // namespace trireme::test
