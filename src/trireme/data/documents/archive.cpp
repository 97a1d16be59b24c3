#include "trireme/data/documents/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstring>

#include "trireme/core/check.h"
#include "trireme/core/error.h"

namespace trireme::data {

namespace {

constexpr size_t kBlockBytes = size_t{1} << 18;

/// libarchive warns when it would start another program for a filter that it was built without.
void allow(const std::string& path, int code, const char* what) {
  if (code != ARCHIVE_OK) throw IoError(format("{}: libarchive was built without {}", path, what));
}

}  // namespace

Archive::Archive(std::string path, ArchiveKind kind)
    : path_(std::move(path)), archive_(archive_read_new(), archive_read_free), kind_(kind) {
  TRIREME_CHECK(archive_ != nullptr, "no memory for an archive");
  allow(path_, archive_read_support_filter_zstd(archive_.get()), "zstd");
  allow(path_, archive_read_support_filter_xz(archive_.get()), "xz");
  if (kind == ArchiveKind::kTar) {
    allow(path_, archive_read_support_filter_gzip(archive_.get()), "gzip");
    archive_read_support_format_tar(archive_.get());
  } else {
    archive_read_support_format_raw(archive_.get());
  }
  if (archive_read_open_filename(archive_.get(), path_.c_str(), kBlockBytes) != ARCHIVE_OK) fail();
}

bool Archive::next() {
  const int code = archive_read_next_header(archive_.get(), &entry_);
  if (code == ARCHIVE_EOF) return false;
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) fail();
  if (kind_ == ArchiveKind::kOneFile && archive_filter_code(archive_.get(), 0) == ARCHIVE_FILTER_NONE) {
    throw FormatError(format("{}: is not compressed, though its name says so", path_));
  }
  if (archive_entry_sparse_count(entry_) > 0) {
    throw FormatError(format("{}: {} is sparse: it claims bytes that the file does not hold", path_, name()));
  }
  return true;
}

std::string Archive::name() const {
  // A name that is not of the process's character set is only there as UTF-8.
  const char* name = archive_entry_pathname(entry_);
  if (!name) name = archive_entry_pathname_utf8(entry_);
  if (!name) throw FormatError(format("{}: the name of a member can't be read", path_));
  return name;
}

bool Archive::is_regular_file() const { return archive_entry_filetype(entry_) == AE_IFREG; }

size_t Archive::read(char* out, size_t bytes) {
  const la_ssize_t got = archive_read_data(archive_.get(), out, bytes);
  if (got < 0) fail();
  return static_cast<size_t>(got);
}

int64_t Archive::offset() const { return archive_filter_bytes(archive_.get(), -1); }

void Archive::fail() const {
  const int code = archive_errno(archive_.get());
  const char* message = archive_error_string(archive_.get());
  if (code == ENOENT || code == EACCES || code == EISDIR || code == EIO) {
    throw IoError(format("can't read {}: {}", path_, std::strerror(code)));
  }
  throw FormatError(format("{}: damaged or cut short: {}", path_, message ? message : "libarchive does not say why"));
}

}  // namespace trireme::data
