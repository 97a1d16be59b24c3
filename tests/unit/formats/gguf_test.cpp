#include "trireme/formats/gguf.h"

#include <gtest/gtest.h>
#include <random>

#include "support/allocation_bound.h"
#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/gguf_builder.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"
#include "trireme/formats/ggml_values.h"

namespace trireme::formats {
namespace {

using test::GgufBuilder;

class GgufTest : public ::testing::Test {
 protected:
  GgufFile open(const std::string& bytes) {
    test::write_file(path_, bytes);
    return GgufFile(path_);
  }
  void expect_refused(const std::string& bytes, const std::string& part) {
    EXPECT_ERROR(FormatError, part, open(bytes));
  }
  static std::string zeros(size_t bytes) { return std::string(bytes, '\0'); }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "m.gguf";
};

TEST_F(GgufTest, ReadsEveryMetadataType) {
  GgufBuilder builder;
  builder.scalar("u8", 0, uint8_t{200}).scalar("i8", 1, int8_t{-3}).scalar("u16", 2, uint16_t{60000});
  builder.scalar("i16", 3, int16_t{-300}).u32("u32", 4000000000u).scalar("i32", 5, int32_t{-70000}).f32("f32", 0.5f);
  builder.boolean("bool", true).text("text", "hello").scalar("u64", 10, uint64_t{1} << 40);
  builder.scalar("i64", 11, -(int64_t{1} << 40)).scalar("f64", 12, 0.1);
  builder.texts("texts", {"a", "", "b c"}).i32s("i32s", {1, -2});
  const GgufFile file = open(builder.bytes());
  EXPECT_EQ(file.integer("u8"), 200);
  EXPECT_EQ(file.integer("i8"), -3);
  EXPECT_EQ(file.integer("u16"), 60000);
  EXPECT_EQ(file.integer("i16"), -300);
  EXPECT_EQ(file.integer("u32"), 4000000000);
  EXPECT_EQ(file.integer("i32"), -70000);
  EXPECT_EQ(file.number("f32"), 0.5);
  EXPECT_TRUE(file.boolean("bool"));
  EXPECT_EQ(file.text("text"), "hello");
  EXPECT_EQ(file.integer("u64"), int64_t{1} << 40);
  EXPECT_EQ(file.integer("i64"), -(int64_t{1} << 40));
  EXPECT_EQ(file.number("f64"), 0.1);
  EXPECT_EQ(file.texts("texts"), (std::vector<std::string>{"a", "", "b c"}));
  EXPECT_EQ(file.integers("i32s"), (std::vector<int32_t>{1, -2}));
  EXPECT_ERROR(FormatError, "m.gguf: text: is not a whole number", file.integer("text"));
  EXPECT_ERROR(FormatError, "m.gguf: absent: is missing", file.integer("absent"));
}

TEST_F(GgufTest, ShapesAreRowMajorAndDataIsFound) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  for (const uint32_t version : {2u, 3u}) {
    GgufBuilder builder;
    builder.version = version;
    builder.tensor("q", {32}, 8, zeros(34)).floats("w", {2, 3}, values);
    const GgufFile file = open(builder.bytes());
    const GgufTensor* tensor = file.find("w");
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->shape, (std::vector<int64_t>{2, 3}));
    std::vector<float> read(6);
    dequantize(tensor->type, tensor->bytes, read);
    EXPECT_EQ(read, values);
  }
}

TEST_F(GgufTest, NamesFileAndTensorOfEveryFault) {
  expect_refused("", "m.gguf: header: the file is empty");
  expect_refused("GGML1234", "m.gguf: magic: is not GGUF");
  expect_refused("GGUF", "m.gguf: version: needs 4 bytes at byte 4, but the file ends at 4: truncated");
  GgufBuilder first;
  first.version = 1;
  expect_refused(first.bytes(), "m.gguf: version: is 1, supported are 2 and 3");
  GgufBuilder swapped;
  swapped.version = 0x03000000;
  expect_refused(swapped.bytes(), "big-endian");
  expect_refused(GgufBuilder().tensor("blk.0.w", {256}, 10, zeros(84)).bytes(),
                 "m.gguf: blk.0.w: is Q2_K, which is not supported; supported are F32, F16, BF16, Q8_0, Q4_0, Q4_1");
  expect_refused(GgufBuilder().tensor("w", {2, 40}, 3, zeros(60)).bytes(), "w: rows of 40 values are no whole number");
  expect_refused(GgufBuilder().tensor("w", {64}, 0, zeros(4)).bytes(), "w: data of 256 bytes at offset 0 ends past");
  expect_refused(GgufBuilder().tensor("w", {1}, 0, zeros(4)).tensor("w", {1}, 0, zeros(4)).bytes(),
                 "w: is there twice");
  expect_refused(GgufBuilder().tensor("w", {1, 1, 1, 1, 1}, 0, zeros(4)).bytes(), "has 5 dimensions");
  expect_refused(GgufBuilder().tensor("a", {16}, 0, zeros(32)).tensor("b", {8}, 0, zeros(32)).bytes(),
                 "b: data overlaps that of a");
  expect_refused(GgufBuilder().scalar("key", 13, uint8_t{0}).bytes(), "m.gguf: key: unknown metadata type 13");
  expect_refused(GgufBuilder().i32s("key", {1}).bytes().replace(24 + 8 + 3 + 4, 1, "\x0d"),
                 "m.gguf: key: unknown metadata type 13");
  expect_refused(GgufBuilder().u32("general.alignment", 0).bytes(), "general.alignment: is 0");
  std::string huge = GgufBuilder().bytes();
  huge[12] = '\x7f';
  expect_refused(huge, "tensor_count: count");
}

TEST_F(GgufTest, EveryTruncationIsRefused) {
  const std::string good = GgufBuilder().text("k", "v").texts("t", {"a", "b"}).tensor("w", {8}, 0, zeros(32)).bytes();
  open(good);
  for (size_t size = 0; size < good.size(); ++size) {
    test::write_file(path_, good.substr(0, size));
    EXPECT_THROW(GgufFile file(path_), FormatError) << size;
  }
}

TEST_F(GgufTest, DenseHeadersTakeBoundedMemory) {
  const auto expect_bounded = [&](const std::string& bytes, auto read) {
    const test::AllocationBound bound(bytes.size());
    read(open(bytes));
  };
  GgufBuilder metadata, tensors;
  for (int i = 0; i < 5000; ++i) {
    metadata.boolean(std::to_string(i), true);
    tensors.tensor(std::to_string(i), {}, 0, zeros(4));
  }
  const std::string whole = tensors.bytes(), without_data = whole.substr(0, whole.size() - 5000 * 32);
  expect_bounded(metadata.bytes(), [](const GgufFile& file) { EXPECT_TRUE(file.boolean("4999")); });
  expect_bounded(whole, [](const GgufFile& file) { EXPECT_EQ(file.tensors().size(), 5000u); });
  {
    const test::AllocationBound bound(without_data.size());
    expect_refused(without_data, "ends past the file");
  }
  expect_bounded(GgufBuilder().texts("a", std::vector<std::string>(20'000)).bytes(),
                 [](const GgufFile& file) { EXPECT_EQ(file.texts("a").size(), 20'000u); });
  expect_bounded(GgufBuilder().i32s("a", std::vector<int32_t>(20'000)).bytes(),
                 [](const GgufFile& file) { EXPECT_EQ(file.integers("a").size(), 20'000u); });
}

TEST_F(GgufTest, FuzzedFileNeverReadsOutOfRange) {
  const std::string good = GgufBuilder()
                               .text("k", "v")
                               .i32s("n", {1, 2})
                               .tensor("w", {2, 32}, 3, zeros(40))
                               .tensor("k", {256}, 12, zeros(144))
                               .bytes();
  std::mt19937 random(5);
  for (test::FuzzRounds rounds(300); rounds.next();) {
    std::string bad = good;
    for (int flips = 0; flips < 2; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
    const test::AllocationBound bound(bad.size());
    try {
      const GgufFile file = open(bad);
      for (const GgufTensor& tensor : file.tensors()) {
        std::vector<float> values(static_cast<size_t>(tensor.numel()));
        dequantize(tensor.type, tensor.bytes, values);
      }
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::formats
