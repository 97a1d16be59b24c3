#include "trireme/formats/safetensors.h"

#include <gtest/gtest.h>
#include <cstring>
#include <random>

#include "support/allocation_bound.h"
#include "support/dense_json.h"
#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/temporary_folder.h"
#include "trireme/core/error.h"

namespace trireme::formats {
namespace {

/// A file of this header, with its length field, and `data_bytes` of data.
std::string file_of(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(data_bytes, '\1');
}

class SafetensorsTest : public ::testing::Test {
 protected:
  void expect_refused(const std::string& bytes, const std::string& part) {
    test::write_file(path_, bytes);
    EXPECT_ERROR(FormatError, part, SafetensorsFile file(path_));
  }
  test::TemporaryFolder folder_;
  fs::path path_ = folder_ / "a.safetensors";
};

TEST_F(SafetensorsTest, ReadsBackWhatItWroteScalarsAndEmptyTensorsToo) {
  const std::vector<TensorInfo> tensors = {{"w", DType::kF32, {2, 3}},
                                           {"empty", DType::kBF16, {0, 5}},
                                           {"scalar", DType::kI64, {}},
                                           {"h", DType::kF16, {1}}};
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const int64_t scalar = 42;
  const uint16_t h = 0x3c00;
  SafetensorsWriter writer(path_, tensors, {{"format", "pt"}});
  writer.write(std::as_bytes(std::span(w)));
  writer.write(std::as_bytes(std::span(&scalar, 1)));
  writer.write(std::as_bytes(std::span(&h, 1)));
  EXPECT_FALSE(fs::exists(path_));
  writer.finish();

  const SafetensorsFile file(path_);
  EXPECT_EQ(file.metadata("format"), "pt");
  ASSERT_EQ(file.tensors().size(), 4u);
  const auto read = file.find("w")->as<float>();
  EXPECT_EQ(std::vector<float>(read.begin(), read.end()), w);
  EXPECT_EQ(file.find("scalar")->as<int64_t>()[0], 42);
  EXPECT_EQ(file.find("h")->as<uint16_t>()[0], 0x3c00);
  EXPECT_EQ(file.find("empty")->shape, (std::vector<int64_t>{0, 5}));
  EXPECT_TRUE(file.find("empty")->bytes.empty());
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST_F(SafetensorsTest, DataBeginsOnAMultipleOfEight) {
  for (const std::string name : {"a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"}) {
    const std::vector<TensorInfo> tensors = {{name, DType::kF32, {1}}};
    EXPECT_EQ(safetensors_header(tensors, {}).size() % 8, 0u);
  }
}

TEST_F(SafetensorsTest, LeavesNothingWhenUnfinished) {
  { SafetensorsWriter writer(path_, {}, {}); }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(SafetensorsTest, NamesFileAndTensorOfEveryFault) {
  expect_refused("", "a.safetensors: 0 bytes, but a safetensors file has at least 8: empty");
  expect_refused("abc", "3 bytes, but a safetensors file has at least 8: truncated");
  expect_refused(std::string(8, '\xff'), "not a safetensors file");
  expect_refused(file_of("{}", 0).substr(0, 9), "header length 2, but the file has 9 bytes: truncated");
  expect_refused(file_of("{\"w\":", 0), "a.safetensors: header: not JSON");
  expect_refused(file_of("{\"w\":1e999}", 0), "a.safetensors: header: not JSON: number overflow");
  expect_refused(file_of("{\"w\":" + test::repeated("[", 64), 0), "a.safetensors: header: nested deeper than 64");
  expect_refused(file_of("[]", 0), "is not a JSON object");
  const auto one = [](const std::string& dtype, const std::string& shape, const std::string& range) {
    return "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + range + "}}";
  };
  expect_refused(file_of(one("F8_E4M3", "[4]", "[0,4]"), 4), "w.dtype: \"F8_E4M3\" is not supported");
  expect_refused(file_of(one("F32", "[2]", "[0,8]"), 4),
                 "w.data_offsets: end at byte 8, but the data has 4: the file is truncated");
  expect_refused(file_of(one("F32", "[3]", "[0,8]"), 8), "w.data_offsets: 8 bytes, but shape [3] of F32 needs 12");
  expect_refused(file_of(one("F32", "[-1]", "[0,8]"), 8), "w.shape: expected whole numbers");
  expect_refused(file_of(one("F32", "[4611686018427387904,4]", "[0,8]"), 8), "needs -1");
  expect_refused(file_of(one("F32", "[1]", "[4,0]"), 8), "w.data_offsets: [4, 0] is no range");
  expect_refused(file_of(one("F32", "[1]", "[4,8]"), 8), "w: data begins at byte 4, with a gap after");
  expect_refused(file_of(one("F32", "[1]", "[0,4]"), 8), "4 bytes after the last tensor");
  expect_refused(file_of(one("F32", "[" + test::repeated("1,", 128) + "1]", "[0,4]"), 4),
                 "w.shape: more than 64 numbers");
  expect_refused(file_of("{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "w.dtype: is missing");
  expect_refused(file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                         "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
                         6),
                 "b: data begins at byte 2, before the tensor before it ends");
  EXPECT_ERROR(IoError, "nowhere: No such file", SafetensorsFile file(folder_ / "nowhere"));
}

TEST_F(SafetensorsTest, FuzzedFileNeverReadsOutOfRange) {
  const std::vector<TensorInfo> tensors = {{"a", DType::kF32, {2, 2}}, {"b", DType::kU8, {3}}};
  const std::string good = safetensors_header(tensors, {}) + std::string(19, '\2');
  std::mt19937 random(3);
  for (test::FuzzRounds rounds(300); rounds.next();) {
    std::string bad = good;
    for (int flips = 0; flips < 2; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(random() % bad.size());
    test::write_file(path_, bad);
    const test::AllocationBound bound(bad.size());
    try {
      int sum = 0;
      const SafetensorsFile file(path_);
      for (const TensorView& tensor : file.tensors()) {
        for (const std::byte byte : tensor.bytes) sum += std::to_integer<int>(byte);
      }
      EXPECT_GE(sum, 0);
    } catch (const FormatError&) {
    }
  }
}

TEST_F(SafetensorsTest, DenseHeadersTakeBoundedMemory) {
  std::string tensors;
  for (int i = 0; i < 2000; ++i)
    tensors += format("\"{}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}},", i);
  tensors.back() = '}';
  std::vector<std::string> headers = test::dense_json(100'000);
  for (const char* value : {"0,", "\"\",", "{},"}) {
    headers.push_back(R"({"w":{"dtype":"U8","shape":[)" + test::repeated(value, 100'000) + "0]}}");
  }
  for (const char c : {'x', '0'}) headers.push_back("{\"" + std::string(100'000, c) + "\":1" + std::string(100'000, c));
  headers.push_back("{\"" + std::string(100'000, 'x') + "\":1}");
  headers.push_back(R"({"__metadata__":{)" + test::repeated(R"("a":"",)", 100'000) + R"("b":"1"}})");
  headers.push_back("{" + tensors);
  headers.push_back(test::repeated("[", 100'000));
  for (const std::string& header : headers) {
    test::write_file(path_, file_of(header, 0));
    const test::AllocationBound bound(header.size());
    try {
      const SafetensorsFile file(path_);
      EXPECT_EQ(file.tensors().size(), file.metadata("b") ? 0u : 2000u);
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::formats
