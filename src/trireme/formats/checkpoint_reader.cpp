#include "trireme/formats/checkpoint_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "trireme/core/check.h"
#include "trireme/core/direct_io.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/core/units.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::formats {

/// Bytes [offset, offset + size) of a file go to `target`.
struct CheckpointReader::Copy {
  int64_t offset = 0;
  int64_t size = 0;
  std::byte* target = nullptr;
};

namespace {

constexpr int64_t kReadBytes = 4 * kChecksumBytes;  // of one pread
constexpr int64_t kThreads = 3;                     // more than cores, perhaps: most of the time they wait for the disk

/// A file that is not there is damage; that the system does not let it be seen is not.
fs::file_type present_type(const fs::path& path) {
  std::error_code unseen;  // opening it will say so
  const fs::file_type type = fs::symlink_status(path, unseen).type();
  if (type == fs::file_type::not_found) throw FormatError(format("{}: is missing: incomplete", path.string()));
  return type;
}

CheckpointManifest present_manifest(const fs::path& folder) {
  present_type(folder / kManifestName);
  return read_manifest(folder);
}

/// Opens a file to be read past the page cache, where the file system can do so: what is loaded is read once.
/// A symbolic link may lead out of the folder, so none is followed.
UniqueFd open_direct(const fs::path& path) {
  if (present_type(path) == fs::file_type::symlink)
    throw FormatError(format("{}: is a symbolic link; the files of a checkpoint lie in its folder", path.string()));
  UniqueFd fd = open_file(path, O_RDONLY | O_NOFOLLOW);
  set_direct_io(fd.get(), true);
  return fd;
}

/// Reads `size` bytes into `scratch`, which has room for whole pages. REQUIRES: scratch and offset lie on pages.
std::span<const std::byte> read_at(int fd, std::span<std::byte> scratch, int64_t offset, size_t size,
                                   const fs::path& path) {
  for (size_t have = 0; have < size;) {
    if (have % kDirectIoPage != 0) set_direct_io(fd, false);  // the read before ended inside a page
    const bool direct = is_direct_io(fd);                     // as it is now: other threads turn it off too
    // The file may end inside the last page.
    const size_t wanted = std::min<size_t>(round_up(size - have, kDirectIoPage), scratch.size() - have);
    const ssize_t got = ::pread(fd, scratch.data() + have, wanted, offset + static_cast<int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EINVAL && direct) {
      set_direct_io(fd, false);  // the file system says only now that it can't
      continue;
    }
    if (got < 0) throw io_error("can't read {}", path.string());
    if (got == 0)
      throw FormatError(format("{}: ends at byte {}: truncated", path.string(), offset + static_cast<int64_t>(have)));
    have += static_cast<size_t>(got);
  }
  return scratch.first(size);
}

/// Memory for reads; not zeroed, which would touch every page first.
struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Scratch = std::unique_ptr<std::byte, FreeMemory>;

Scratch allocate_scratch() {
  Scratch scratch(static_cast<std::byte*>(std::aligned_alloc(kDirectIoPage, kReadBytes)));
  if (!scratch) throw io_error("no memory to read a checkpoint");
  return scratch;
}

void check_size(int fd, const ManifestFile& file, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw io_error("can't read {}", path.string());
  if (status.st_size != file.bytes) {
    throw FormatError(format("{}: {} bytes, but the manifest has {}: {}", path.string(), status.st_size, file.bytes,
                             status.st_size < file.bytes ? "truncated" : "not the file that was saved"));
  }
}

/// Runs `work(i, scratch)` for i in [0, count) on a few threads, each with kReadBytes of its own. Throws what the first
/// one that failed threw.
template <class Work>
void parallel_for(int64_t count, Work work) {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    try {
      const auto scratch = allocate_scratch();
      for (int64_t i; (i = next.fetch_add(1)) < count;) work(i, std::span(scratch.get(), kReadBytes));
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  const auto wanted = std::min(count, kThreads);
  std::vector<std::jthread> threads;
  try {
    for (int64_t i = 1; i < wanted; ++i) threads.emplace_back(loop);
  } catch (const std::system_error&) {  // no room for more threads: fewer do the same work
  }
  loop();
  threads.clear();
  if (failure) std::rethrow_exception(failure);
}

/// Reads and verifies one file's blocks, and copies out of them.
template <class Copy>
class BlockReader {
 public:
  /// `copies` ascend by offset.
  BlockReader(int fd, const ManifestFile& file, const fs::path& path, std::span<const Copy> copies)
      : fd_(fd), file_(file), path_(path), copies_(copies) {}

  void run() const {
    parallel_for(ceil_div(file_.bytes, kReadBytes),
                 [this](int64_t block, std::span<std::byte> scratch) { read_block(block * kReadBytes, scratch); });
  }

 private:
  bool wanted(int64_t begin, int64_t end) const {
    const auto copy = first_ending_after(begin);
    return copy != copies_.end() && copy->offset < end;
  }

  typename std::span<const Copy>::iterator first_ending_after(int64_t begin) const {
    return std::partition_point(copies_.begin(), copies_.end(),
                                [&](const Copy& copy) { return copy.offset + copy.size <= begin; });
  }

  void read_block(int64_t begin, std::span<std::byte> scratch) const {
    // Trim to the checksummed runs that are wanted, so that a small piece costs a small read.
    int64_t end = std::min(begin + kReadBytes, file_.bytes);
    while (begin < end && !wanted(begin, std::min(begin + kChecksumBytes, end))) begin += kChecksumBytes;
    if (begin >= end) return;
    const auto bytes = read_at(fd_, scratch, begin, static_cast<size_t>(end - begin), path_);
    for (int64_t run = begin; run < end; run += kChecksumBytes) {
      const int64_t size = std::min(kChecksumBytes, end - run);
      verify(bytes.subspan(static_cast<size_t>(run - begin), static_cast<size_t>(size)), run);
    }
    for (auto copy = first_ending_after(begin); copy != copies_.end() && copy->offset < end; ++copy) {
      const int64_t from = std::max(copy->offset, begin);
      const int64_t to = std::min(copy->offset + copy->size, end);
      std::memcpy(copy->target + (from - copy->offset), bytes.data() + (from - begin), static_cast<size_t>(to - from));
    }
  }

  void verify(std::span<const std::byte> bytes, int64_t begin) const {
    if (content_hash(bytes) == file_.checksums[static_cast<size_t>(begin / kChecksumBytes)]) return;
    throw FormatError(format("{}: checksum of the {} bytes from byte {} does not hold: damaged", path_.string(),
                             bytes.size(), begin));
  }

  int fd_;
  const ManifestFile& file_;
  const fs::path& path_;
  std::span<const Copy> copies_;
};

}  // namespace

CheckpointReader::CheckpointReader(fs::path folder)
    : folder_(std::move(folder)), manifest_(present_manifest(folder_)) {}

std::vector<std::vector<CheckpointReader::Copy>> CheckpointReader::plan(std::span<const StatePiece> pieces) const {
  std::vector<std::vector<Copy>> copies(manifest_.files.size());
  for (const StatePiece& piece : pieces) {
    const auto entry = manifest_.tensors.find(piece.name);
    if (entry == manifest_.tensors.end()) {
      throw ConfigError(
          format("{}: has no tensor {}: saved from another model or optimizer", folder_.string(), piece.name));
    }
    const ManifestTensor& tensor = entry->second;
    if (tensor.shape != piece.shape || tensor.dtype != piece.dtype) {
      throw ConfigError(format("{}: {} is {} {}, but this run's is {} {}", folder_.string(), piece.name,
                               name_of(tensor.dtype), shape_text(tensor.shape), name_of(piece.dtype),
                               shape_text(piece.shape)));
    }
    const PieceRange target = range_of(piece);
    const int64_t width = size_of(piece.dtype);
    int64_t found = 0;
    for (const ManifestPiece& source : tensor.pieces) {
      for (const Overlap& overlap : overlaps(tensor.shape, source.range, target)) {
        copies[static_cast<size_t>(source.file)].push_back(
            {source.offset + overlap.from * width, overlap.count * width, piece.bytes.data() + overlap.to * width});
        found += overlap.count;
      }
    }
    if (found != target.count) {
      throw FormatError(format("{}: {}: the manifest has {} of the {} elements wanted: incomplete", folder_.string(),
                               piece.name, found, target.count));
    }
  }
  return copies;
}

void CheckpointReader::read(std::span<const StatePiece> pieces) const {
  std::vector<std::vector<Copy>> copies = plan(pieces);
  for (size_t i = 0; i < copies.size(); ++i) {
    if (copies[i].empty()) continue;
    std::sort(copies[i].begin(), copies[i].end(), [](const Copy& a, const Copy& b) { return a.offset < b.offset; });
    for (size_t j = 1; j < copies[i].size(); ++j) {
      TRIREME_CHECK(copies[i][j - 1].offset + copies[i][j - 1].size <= copies[i][j].offset,
                    "{}: two of the pieces asked for share elements", folder_.string());
    }
    const ManifestFile& file = manifest_.files[i];
    const fs::path path = folder_ / file.name;
    const UniqueFd fd = open_direct(path);
    check_size(fd.get(), file, path);
    BlockReader<Copy>(fd.get(), file, path, copies[i]).run();
  }
}

}  // namespace trireme::formats
