#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <numeric>

#include "support/temporary_folder.h"
#include "trireme/core/direct_io.h"
#include "trireme/core/hash.h"
#include "trireme/formats/checkpoint_reader.h"

namespace {

/// A pread that the reader makes, and what becomes of it.
struct Read {
  int fd = -1;
  std::byte* to = nullptr;
  size_t bytes = 0;
  bool direct = false;
  std::function<ssize_t()> real;
};

std::function<ssize_t(const Read&)> on_read;  // set while no reader runs

}  // namespace

/// In the place of the C library's, for this program.
extern "C" ssize_t pread(int fd, void* to, size_t bytes, off_t offset) {
  static const auto behind = reinterpret_cast<decltype(&::pread)>(dlsym(RTLD_NEXT, "pread"));
  const Read read{fd, static_cast<std::byte*>(to), bytes, trireme::is_direct_io(fd),
                  [=] { return behind(fd, to, bytes, offset); }};
  return on_read ? on_read(read) : read.real();
}

namespace trireme::formats {
namespace {

constexpr int64_t kBlock = 4 * kChecksumBytes;  // of one read

/// A checkpoint of one tensor of bytes, "w".
class CheckpointReadsTest : public ::testing::Test {
 protected:
  void write(int64_t size) {
    text_.resize(static_cast<size_t>(size));
    for (size_t i = 0; i < text_.size(); ++i) text_[i] = static_cast<char>(i * 2654435761 >> 13);
    ManifestFile file{"rank_00000.safetensors", size, {}};
    for (int64_t at = 0; at < size; at += kChecksumBytes)
      file.checksums.push_back(content_hash(std::string_view(text_).substr(static_cast<size_t>(at), kChecksumBytes)));
    CheckpointManifest manifest;
    manifest.files.push_back(file);
    manifest.tensors["w"] = {DType::kU8, {size}, {{0, 0, {{}, {}, 0, size}}}};
    test::write_file(folder_ / file.name, text_);
    test::write_file(folder_ / kManifestName, manifest_text(manifest));
  }
  /// Reads it all with every pread passing through `strike`.
  void expect_reads(const std::function<ssize_t(const Read&)>& strike) {
    std::string found(text_.size(), '\0');
    StatePiece piece;
    piece.name = "w";
    piece.dtype = DType::kU8;
    piece.shape = {static_cast<int64_t>(text_.size())};
    piece.bytes = std::as_writable_bytes(std::span(found));
    on_read = strike;
    try {
      CheckpointReader(folder_.path()).read(std::span(&piece, 1));
    } catch (const std::exception& problem) {
      ADD_FAILURE() << problem.what();
    }
    on_read = nullptr;
    EXPECT_TRUE(found == text_);
  }

  test::TemporaryFolder folder_;
  std::string text_;
};

TEST_F(CheckpointReadsTest, AReadCutInsideAPageGoesOnWithinItsMemoryAndNotDirect) {
  write(kBlock);
  std::vector<Read> reads;
  expect_reads([&](const Read& read) {
    reads.push_back(read);
    const ssize_t got = read.real();
    return reads.size() == 1 ? std::min<ssize_t>(got, 1000) : got;
  });
  ASSERT_GE(reads.size(), 2u);
  EXPECT_EQ(reads[1].to, reads[0].to + 1000);
  EXPECT_FALSE(reads[1].direct);
  for (const Read& read : reads) EXPECT_LE(read.to + read.bytes, reads[0].to + kBlock);
}

TEST_F(CheckpointReadsTest, ThreadsThatLearnAtOnceThatAFileTakesNoDirectReadsGoOn) {
  write(2 * kBlock);
  std::atomic<int> refused = 0;
  expect_reads([&](const Read& read) {
    if (!read.direct) return read.real();
    // The second is refused before the first goes on, and goes on when the first has turned direct reads off.
    const int number = ++refused;
    while (refused < 2 || (number == 2 && is_direct_io(read.fd))) ::usleep(100);
    errno = EINVAL;
    return ssize_t{-1};
  });
}

}  // namespace
}  // namespace trireme::formats
