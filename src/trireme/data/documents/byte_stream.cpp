#include "trireme/data/documents/byte_stream.h"

#include <zlib.h>

#include "trireme/core/error.h"
#include "trireme/data/documents/archive.h"

namespace trireme::data {

namespace {

bool is_gzip(const fs::path& path) { return path.extension() == ".gz" || path.extension() == ".dz"; }

/// Compressed with what only libarchive reads.
bool is_archived(const fs::path& path) {
  return path.extension() == ".zst" || path.extension() == ".zstd" || path.extension() == ".xz";
}

/// A file through zlib, which passes on what is not compressed as it stands.
class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rbe"), gzclose) {
    if (!file_) throw io_error("can't open {}", path);
    gzbuffer(file_.get(), 1 << 18);
  }

  size_t read(char* out, size_t bytes) override {
    const int got = gzread(file_.get(), out, static_cast<unsigned>(bytes));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (code == Z_ERRNO) throw io_error("can't read {}", path_);
    if (code == Z_BUF_ERROR) throw FormatError(format("{}: the compressed data is cut short", path_));
    if (got < 0 || code < 0) throw FormatError(format("{}: damaged compressed data: {}", path_, message));
    if (is_gzip(path_) && gzdirect(file_.get())) {
      throw FormatError(format("{}: is not gzip data, though its name says so", path_));
    }
    return static_cast<size_t>(got);
  }

  int64_t offset() const override { return gzoffset(file_.get()); }

 private:
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

/// One compressed file through libarchive.
class ArchivedStream final : public ByteStream {
 public:
  explicit ArchivedStream(const std::string& path) : archive_(path, ArchiveKind::kOneFile) {
    at_end_ = !archive_.next();
  }

  size_t read(char* out, size_t bytes) override { return at_end_ ? 0 : archive_.read(out, bytes); }
  int64_t offset() const override { return archive_.offset(); }

 private:
  Archive archive_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_byte_stream(const std::string& path) {
  if (is_archived(path)) return std::make_unique<ArchivedStream>(path);
  return std::make_unique<GzipStream>(path);
}

fs::path without_compression(const fs::path& path) {
  return is_gzip(path) || is_archived(path) ? fs::path(path).replace_extension() : path;
}

}  // namespace trireme::data
