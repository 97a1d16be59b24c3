#pragma once

#include <string>

#include "trireme/core/file.h"

namespace trireme::telemetry {

/// A file of lines that is appended to while a run goes on, and never stops it: what the disk refuses is told once on
/// standard error, kept in memory up to 16 MiB and written as soon as there is space again.
class LineFile {
 public:
  /// Opens for appending; completes a line that a killed process left torn. Throws IoError.
  explicit LineFile(const fs::path& path);

  /// Adds `line` and a newline, in one write(2) where the disk allows.
  void append(const std::string& line);

 private:
  void write_pending();

  fs::path path_;
  UniqueFd fd_;
  std::string pending_;
  bool refused_ = false;
};

}  // namespace trireme::telemetry
