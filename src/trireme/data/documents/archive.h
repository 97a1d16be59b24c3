#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct archive;
struct archive_entry;

namespace trireme::data {

enum class ArchiveKind {
  kOneFile,  // .zst or .xz: one file without a name, which must be compressed as its name says
  kTar,      // members, compressed or not
};

/// A file read by libarchive, front to back. Errors are IoError or FormatError and name the file.
class Archive {
 public:
  Archive(std::string path, ArchiveKind kind);

  /// Goes to the next member; false at the end.
  bool next();
  /// Name of the member.
  std::string name() const;
  bool is_regular_file() const;
  /// Fills `out` as far as it goes with what comes next of the member; 0 at its end only.
  size_t read(char* out, size_t bytes);
  /// Bytes of the file that were read, as they lie on disk.
  int64_t offset() const;

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  archive_entry* entry_ = nullptr;
  ArchiveKind kind_;
};

}  // namespace trireme::data
