#include "trireme/data/text_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <fstream>

#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/text_pipeline.h"

namespace trireme::data {
namespace {

class TextReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / format("text_reader_{}", ::getpid());
    make_folders(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    if (path.extension() == ".gz" || path.extension() == ".dz") {
      const gzFile file = gzopen(path.c_str(), "wb");
      gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
      gzclose(file);
    } else {
      std::ofstream(path, std::ios::binary) << text;
    }
    return path.string();
  }

  fs::path folder_;
};

std::vector<TextPiece> read_all(TextReader& reader) {
  std::vector<TextPiece> pieces;
  TextBatch batch;
  while (reader.next(batch)) pieces.insert(pieces.end(), batch.begin(), batch.end());
  return pieces;
}

std::vector<std::string> documents(const std::vector<std::string>& inputs, TextReader::Options options) {
  TextReader reader(inputs, std::move(options));
  std::vector<std::string> documents = {""};
  for (const TextPiece& piece : read_all(reader)) {
    documents.back() += piece.text;
    if (piece.ends_document) documents.emplace_back();
  }
  documents.pop_back();
  return documents;
}

std::string message_of(const std::string& input) {
  try {
    TextReader reader({input}, {});
    (void)read_all(reader);
  } catch (const Error& problem) {
    return problem.what();
  }
  return "no error";
}

using Documents = std::vector<std::string>;

TEST_F(TextReaderTest, OneFileIsOneDocument) {
  EXPECT_EQ(documents({write("a.txt", "one\n\ntwo\n"), write("b.txt.gz", "three")}, {}),
            (Documents{"one\n\ntwo\n", "three"}));
}

TEST_F(TextReaderTest, SplitsOnText) {
  EXPECT_EQ(documents({write("a.txt", "one\n\ntwo\n\n\n\nthree\n")}, {.split_on = "\n\n", .may_cut = true}),
            (Documents{"one", "two", "", "three\n"}));
  EXPECT_EQ(documents({write("b.txt", "one\n\n")}, {.split_on = "\n\n"}), (Documents{"one"}));
}

TEST_F(TextReaderTest, NumbersJsonLines) {
  TextReader reader({write("a.jsonl", "{}\n\n{}\n")}, {.split_on = "never"});
  const auto pieces = read_all(reader);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[2].number, 3);
  EXPECT_EQ(pieces[2].text, "{}");
}

TEST_F(TextReaderTest, LongDocumentsComeInPiecesThatJoinToTheWhole) {
  std::string text;
  for (int i = 0; text.size() < 7'000'000; ++i) text += format("w{} .\n", i);
  text += "--- ---" + std::string(3'000'000, 'x') + " end";
  const std::string input = write("a.txt.gz", text);
  TextReader reader({input}, {.split_on = "--- ---", .may_cut = true});
  const auto pieces = read_all(reader);
  EXPECT_GE(pieces.size(), 7u);
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i - 1].ends_document) continue;
    EXPECT_EQ(pieces[i].text.front(), ' ');
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(pieces[i - 1].text.back())));
  }
  const auto whole = documents({input}, {.split_on = "--- ---"});
  EXPECT_EQ(documents({input}, {.split_on = "--- ---", .may_cut = true}), whole);
  EXPECT_EQ(whole.size(), 2u);
  EXPECT_EQ(reader.bytes_read(), reader.total_bytes());
}

TEST_F(TextReaderTest, NamesWhatCannotBeRead) {
  const std::string missing = (folder_ / "missing.txt").string();
  EXPECT_EQ(message_of(missing), missing + ": no such file");
  EXPECT_EQ(message_of(folder_.string()),
            folder_.string() + ": is a folder without index.json; name the files in it, or a folder of MDS shards");
  const std::string empty = write("empty.txt", "");
  EXPECT_EQ(message_of(empty), empty + ": the file is empty");

  std::string noise;
  for (uint64_t i = 0; i < 300'000; ++i) noise += static_cast<char>(i * 2654435761u >> 13);
  const std::string cut = write("cut.txt.gz", noise);
  fs::resize_file(cut, fs::file_size(cut) / 2);
  EXPECT_EQ(message_of(cut), cut + ": the compressed data is cut short");

  const std::string damaged = write("damaged.txt.gz", noise);
  std::fstream(damaged, std::ios::in | std::ios::out | std::ios::binary).seekp(1000) << "damaged here";
  EXPECT_EQ(message_of(damaged).find(damaged + ": damaged compressed data"), 0u);

  std::ofstream(folder_ / "plain.gz") << "no gzip";
  EXPECT_EQ(message_of((folder_ / "plain.gz").string()),
            (folder_ / "plain.gz").string() + ": is not gzip data, though its name says so");
}

TEST(DocumentTextTest, NamesFileAndLine) {
  const auto message = [](const std::string& line) -> std::string {
    try {
      return document_text({.text = line, .number = 17, .is_json = true}, "a.jsonl.gz", "text");
    } catch (const FormatError& problem) {
      return problem.what();
    }
  };
  EXPECT_EQ(message(R"({"text": "caf\u00e9"})"), "café");
  EXPECT_EQ(message(" \r"), "");
  EXPECT_EQ(message(R"({"text": 3})"), "a.jsonl.gz:17: \"text\" is no string");
  EXPECT_EQ(message(R"({"body": "x"})"),
            "a.jsonl.gz:17: has no key \"text\"; name the key of the text with --jsonl-key");
  EXPECT_EQ(message("[1]"), "a.jsonl.gz:17: not a JSON object");
  EXPECT_EQ(message(R"({"text": "x)").find("a.jsonl.gz:17: not JSON"), 0u);
  EXPECT_ERROR(FormatError, "a.tar: b/7.json: not a JSON object",
               document_text({.text = "[1]", .is_json = true, .member = "b/7.json"}, "a.tar", "text"));
}

}  // namespace
}  // namespace trireme::data
