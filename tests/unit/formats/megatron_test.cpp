#include "trireme/formats/megatron.h"

#include <gtest/gtest.h>
#include <random>

#include "support/allocation_bound.h"
#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"

namespace trireme::formats {
namespace {

using test::TemporaryFolder;

class MegatronTest : public ::testing::Test {
 protected:
  void write(DType dtype, const std::vector<std::vector<int32_t>>& documents) {
    MegatronWriter writer(prefix_, dtype);
    for (const auto& document : documents) writer.add_document(document);
    writer.finish();
  }
  std::string open_error() {
    return test::message_of<FormatError>([&] { MegatronReader reader(prefix_); });
  }
  template <class T>
  void patch_index(size_t offset, T value) {
    test::overwrite(megatron_idx_path(prefix_), offset, {reinterpret_cast<const char*>(&value), sizeof value});
  }

  TemporaryFolder folder_;
  fs::path prefix_ = folder_ / "corpus";
};

TEST_F(MegatronTest, ReadsBackWhatItWrote) {
  for (const DType dtype : {DType::kU16, DType::kI32}) {
    const std::vector<std::vector<int32_t>> documents = {{1, 2, 3}, {}, {65535}, {7, 0}};
    write(dtype, documents);
    const MegatronReader reader(prefix_);
    EXPECT_EQ(reader.dtype(), dtype);
    ASSERT_EQ(reader.num_sequences(), 4);
    EXPECT_EQ(reader.num_documents(), 4);
    EXPECT_EQ(reader.num_tokens(), 6);
    EXPECT_EQ(reader.first_token(3), 4);
    EXPECT_EQ(reader.all_tokens()[4], 7);
    for (size_t i = 0; i < documents.size(); ++i) {
      std::vector<int32_t> tokens(documents[i].size());
      reader.tokens(static_cast<int64_t>(i)).copy_to(std::span(tokens));
      EXPECT_EQ(tokens, documents[i]);
      EXPECT_EQ(reader.first_sequence(static_cast<int64_t>(i)), static_cast<int64_t>(i));
    }
  }
}

// Laid out by hand from the format's page: two documents, the first of two sequences.
TEST_F(MegatronTest, ReadsTheBytesOfTheFormat) {
  const std::string index(
      "MMIDIDX\0\0"
      "\1\0\0\0\0\0\0\0"
      "\4"
      "\3\0\0\0\0\0\0\0"
      "\3\0\0\0\0\0\0\0"
      "\2\0\0\0"
      "\1\0\0\0"
      "\1\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x08\0\0\0\0\0\0\0"
      "\x0c\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\2\0\0\0\0\0\0\0"
      "\3\0\0\0\0\0\0\0",
      34 + 12 + 24 + 24);
  test::write_file(megatron_idx_path(prefix_), index);
  test::write_file(megatron_bin_path(prefix_), {"\5\0\0\0\6\0\0\0\7\0\0\0\0\0\1\0", 16});
  const MegatronReader reader(prefix_);
  EXPECT_EQ(reader.num_documents(), 2);
  EXPECT_EQ(reader.first_sequence(1), 2);
  EXPECT_EQ(reader.tokens(0)[1], 6);
  EXPECT_EQ(reader.tokens(2)[0], 65536);
}

TEST_F(MegatronTest, WritesTheBytesOfTheFormat) {
  write(DType::kU16, {{1, 2}, {3}});
  const std::string index(
      "MMIDIDX\0\0"
      "\1\0\0\0\0\0\0\0"
      "\x08"
      "\2\0\0\0\0\0\0\0"
      "\3\0\0\0\0\0\0\0"
      "\2\0\0\0"
      "\1\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\4\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\1\0\0\0\0\0\0\0"
      "\2\0\0\0\0\0\0\0",
      34 + 8 + 16 + 24);
  EXPECT_EQ(read_file(megatron_idx_path(prefix_)), index);
  EXPECT_EQ(read_file(megatron_bin_path(prefix_)), std::string("\1\0\2\0\3\0", 6));
}

TEST_F(MegatronTest, ChoosesTheDtypeByTheVocabulary) {
  EXPECT_EQ(megatron_token_dtype(65499), DType::kU16);
  EXPECT_EQ(megatron_token_dtype(65500), DType::kI32);
}

TEST_F(MegatronTest, RefusesATokenThatDoesNotFit) {
  MegatronWriter writer(prefix_, DType::kU16);
  const std::vector<int32_t> tokens = {1, 65536};
  EXPECT_ERROR(ConfigError, "token 1: id 65536 does not fit uint16", writer.add_document(tokens));
}

TEST_F(MegatronTest, LeavesNothingWhenUnfinished) {
  { MegatronWriter writer(prefix_, DType::kU16); }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(MegatronTest, NamesAMissingFile) {
  EXPECT_ERROR(IoError, "corpus.idx: No such file", MegatronReader reader(prefix_));
}

TEST_F(MegatronTest, NamesTheFileAndTheFieldThatIsWrong) {
  const auto expect = [&](const std::string& part) { test::expect_contains(open_error(), part); };
  const std::vector<std::vector<int32_t>> documents = {{1, 2, 3}, {4, 5}};
  const auto fresh = [&] { write(DType::kU16, documents); };
  fresh(), test::write_file(megatron_idx_path(prefix_), ""), expect("corpus.idx: 0 bytes, but the header alone is 34");
  fresh(), patch_index(0, 'X'), expect("corpus.idx: magic is not MMIDIDX");
  fresh(), patch_index<uint64_t>(9, 2), expect("corpus.idx: version is 2, only 1 is known");
  fresh(), patch_index<uint8_t>(17, 9), expect("corpus.idx: dtype code is 9");
  fresh(), patch_index<uint8_t>(17, 7), expect("corpus.idx: dtype is fp32; tokens are integers");
  fresh(), patch_index<uint64_t>(18, 3), expect("corpus.idx: 82 bytes, but 3 sequences and 2 documents need 94");
  fresh(), patch_index<uint64_t>(18, UINT64_MAX), expect("sequence_count 18446744073709551615");
  fresh(), patch_index<int32_t>(34, -1), expect("corpus.idx: length 0 is -1");
  fresh(), patch_index<int32_t>(38, 3), expect("sequence 1 has 3 tokens from byte 6, but");
  fresh(), patch_index<int64_t>(50, 5), expect("corpus.idx: pointer 1 is 5, after 0: not ascending in steps of 2");
  fresh(), patch_index<int64_t>(50, INT64_MAX - 1), expect("sequence 1 has 2 tokens from byte");
  fresh(), patch_index<int64_t>(66, 3), expect("corpus.idx: document index 1 is 3");
  fresh(), patch_index<int64_t>(74, 1), expect("corpus.idx: the last document index is 1, not the sequence count 2");
  fresh(), test::write_file(megatron_bin_path(prefix_), "12345"), expect("corpus.bin: 5 bytes are no whole number");
  fresh(), test::write_file(megatron_bin_path(prefix_), "12345678"), expect("corpus.bin has 8 bytes: truncated?");
}

TEST_F(MegatronTest, FuzzedIndexNeverReadsOutOfRange) {
  write(DType::kU16, {{1, 2, 3}, {4, 5}, {}});
  const std::string good = read_file(megatron_idx_path(prefix_));
  std::mt19937 random(7);
  for (test::FuzzRounds rounds(300); rounds.next();) {
    std::string bad = good;
    for (int flips = 0; flips < 2; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    test::write_file(megatron_idx_path(prefix_), bad);
    const test::AllocationBound bound(bad.size());
    try {
      const MegatronReader reader(prefix_);
      for (int64_t i = 0; i < reader.num_sequences(); ++i) {
        std::vector<int64_t> tokens(static_cast<size_t>(reader.length(i)));
        reader.tokens(i).copy_to(std::span(tokens));
      }
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::formats
