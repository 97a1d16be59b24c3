#include "trireme/core/error.h"
#include "trireme/data/documents/archive.h"

/// Twin of archive.cpp for a build without libarchive.
namespace trireme::data {

Archive::Archive(std::string path, ArchiveKind kind) : path_(std::move(path)), archive_(nullptr, nullptr), kind_(kind) {
  fail();
}

bool Archive::next() { fail(); }
std::string Archive::name() const { fail(); }
bool Archive::is_regular_file() const { fail(); }
size_t Archive::read(char*, size_t) { fail(); }
int64_t Archive::offset() const { fail(); }

void Archive::fail() const {
  throw IoError(
      format("{}: is read with libarchive, which this build lacks: install libarchive-dev and build again", path_));
}

}  // namespace trireme::data
