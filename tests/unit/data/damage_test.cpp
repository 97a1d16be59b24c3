#include <gtest/gtest.h>

#include <random>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/data/prepare.h"
#include "trireme/data/token_file.h"

namespace trireme::data {
namespace {

/// Token files of a few documents, one bit of which gets flipped.
class DamagedTokenFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_file(folder_ / "text.jsonl",
                     "{\"text\": \"three banks of oars\"}\n{\"text\": \"a ram\"}\n"
                     "{\"text\": \"and a crew that kept it bright\"}\n");
    prepare_text("text.jsonl", prefix_);
  }

  void prepare_text(const std::string& input, const std::string& prefix) {
    PrepareOptions options;
    options.inputs = {folder_ / input};
    options.tokenizer = "bytes";
    options.prefix = prefix;
    prepare(options, [](const PrepareProgress&) {});
  }

  void flip_bit(const fs::path& path, size_t bit) {
    const std::string text = read_file(path);
    test::overwrite(path, bit / 8, std::string(1, static_cast<char>(text[bit / 8] ^ (1 << bit % 8))));
  }

  /// What opening and verifying says; empty: nothing is wrong.
  std::string problem() const {
    try {
      TokenFile(prefix_).verify();
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  test::TemporaryFolder folder_;
  std::string prefix_ = folder_ / "corpus";
};

TEST_F(DamagedTokenFiles, WholeFilesPass) { EXPECT_EQ(problem(), ""); }

TEST_F(DamagedTokenFiles, EveryFlippedBitOfTheTokensIsFound) {
  const fs::path bin = prefix_ + ".bin";
  for (size_t bit = 0; bit < 8 * fs::file_size(bin); bit += 7) {
    flip_bit(bin, bit);
    test::expect_contains(problem(), prefix_ + ".bin");
    flip_bit(bin, bit);
  }
}

TEST_F(DamagedTokenFiles, EveryFlippedBitOfTheIndexIsFound) {
  const fs::path idx = prefix_ + ".idx";
  for (size_t bit = 0; bit < 8 * fs::file_size(idx); ++bit) {
    flip_bit(idx, bit);
    test::expect_contains(problem(), prefix_);
    flip_bit(idx, bit);
  }
}

TEST_F(DamagedTokenFiles, AnIndexOfOtherFilesIsRefusedWhenItIsOpened) {
  const std::string other = folder_ / "other";
  test::write_file(folder_ / "other.txt", "another text");
  prepare_text("other.txt", other);
  fs::copy_file(other + ".idx", prefix_ + ".idx", fs::copy_options::overwrite_existing);
  fs::copy_file(other + ".bin", prefix_ + ".bin", fs::copy_options::overwrite_existing);
  EXPECT_ERROR(FormatError, "corpus.idx: 12 tokens in 1 documents, but ", TokenFile file(prefix_));
}

TEST_F(DamagedTokenFiles, VerifyingNeedsTheHash) {
  fs::remove(prefix_ + ".json");
  EXPECT_ERROR(ConfigError, "data.verify: there is no " + prefix_ + ".json", TokenFile(prefix_).verify());
}

}  // namespace
}  // namespace trireme::data
