#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

#include "support/allocation_bound.h"
#include "support/dense_json.h"
#include "support/expect_error.h"
#include "support/fuzz_rounds.h"
#include "support/tar_bytes.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/core/error.h"
#include "trireme/data/documents/document_reader.h"
#include "trireme/data/documents/mds_documents.h"
#include "trireme/data/text_pipeline.h"

namespace trireme::data {
namespace {

using nlohmann::json;
using test::tar_end;
using test::tar_member;
using Documents = std::vector<std::string>;

Documents read_all(const std::string& input, const ReadOptions& options = {}) {
  const auto reader = open_documents(input, options);
  Documents documents = {""};
  for (TextPiece piece; reader->next(piece);) {
    const bool ends = piece.ends_document;
    documents.back() += document_text(std::move(piece), input, options.key);
    if (ends) documents.emplace_back();
  }
  documents.pop_back();
  return documents;
}

class DocumentsTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    test::write_file(folder_ / name, bytes);
    return (folder_ / name).string();
  }
  /// `text` in one frame of .zst or one stream of .xz.
  std::string compressed(const std::string& text, const std::string& extension) {
    archive* writer = archive_write_new();
    extension == ".xz" ? archive_write_add_filter_xz(writer) : archive_write_add_filter_zstd(writer);
    archive_write_set_format_raw(writer);
    archive_write_open_filename(writer, (folder_ / "raw").c_str());
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, text.data(), text.size());
    archive_entry_free(entry);
    archive_write_free(writer);
    return read_file(folder_ / "raw");
  }

  test::TemporaryFolder folder_;
};

const fs::path kFixtures = fs::path(TRIREME_SOURCE_DIR) / "tests/unit/data/fixtures";

std::string noise(size_t bytes) {
  std::mt19937 random(3);
  std::string text(bytes, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 20);
  return text;
}

TEST_F(DocumentsTest, ZstAndXzAreDecompressedWhateverTheirFrames) {
  const std::string first = noise(1'200'000), second = "\n\nthe end";
  for (const std::string extension : {".zst", ".zstd", ".xz"}) {
    const std::string bytes = compressed(first, extension) + compressed(second, extension);
    EXPECT_EQ(read_all(write("a.txt" + extension, bytes)), (Documents{first + second})) << extension;
    EXPECT_EQ(read_all(write("a.txt" + extension, bytes), {.split_on = "\n\n"}), (Documents{first, "the end"}));
    const std::string lines = write("b.jsonl" + extension, compressed("{\"text\": \"x\"}\n", extension));
    EXPECT_EQ(read_all(lines), (Documents{"x"}));
  }
}

TEST_F(DocumentsTest, DamagedCompressionIsNamed) {
  for (const std::string extension : {".zst", ".xz"}) {
    const std::string good = compressed(noise(300'000), extension), name = "a.txt" + extension;
    EXPECT_ERROR(FormatError,
                 name + ": damaged or cut short: ", read_all(write(name, good.substr(0, good.size() / 2))));
    std::string bad = good;
    for (size_t i = 8; i < 100; ++i) bad[i] = '!';
    EXPECT_ERROR(FormatError, name + ": damaged or cut short: ", read_all(write(name, bad)));
    EXPECT_ERROR(FormatError, name + ": is not compressed, though its name says so", read_all(write(name, "plain")));
  }
  EXPECT_ERROR(IoError, "none.zst: No such file", read_all((folder_ / "none.zst").string()));
}

TEST_F(DocumentsTest, FuzzedCompressionEndsInAnError) {
  std::mt19937 random(17);
  for (const std::string extension : {".zst", ".xz"}) {
    const std::string good = compressed(noise(2000), extension);
    for (int round = 0; round < 100 * test::test_scale(); ++round) {
      std::string bad = good;
      for (int flips = 0; flips < 3; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
      if (random() % 4 == 0) bad.resize(1 + random() % bad.size());
      try {
        read_all(write("a.txt" + extension, bad));
      } catch (const FormatError&) {
      }
    }
  }
}

TEST_F(DocumentsTest, ATarGivesTheTextOfEachSample) {
  const std::string tar = tar_member("shard/", "", 0, '5') + tar_member("shard/001.jpg", "picture") +
                          tar_member("shard/001.json", R"({"text": "not this"})") + tar_member("shard/001.txt", "one") +
                          tar_member("shard/002.json", R"({"text": "two", "id": 2})") +
                          tar_member("shard/003.jpg", "only a picture") + tar_member("shard/004.txt", "") +
                          tar_member("shard.v2/005.txt", "five") + tar_end();
  const Documents expected = {"one", "two", "", "", "five"};
  EXPECT_EQ(read_all(write("a.tar", tar)), expected);
  EXPECT_EQ(read_all(write("a.tar.zst", compressed(tar, ".zst"))), expected);
  EXPECT_EQ(read_all(write("a.tar", tar), {.split_on = "o", .may_cut = true}), expected);
}

TEST_F(DocumentsTest, FaultsOfATarAreNamed) {
  const auto expect = [&](const std::string& bytes, const std::string& part) {
    EXPECT_ERROR(FormatError, part, read_all(write("a.tar", bytes)));
  };
  expect("no tar at all", "a.tar: damaged or cut short: Unrecognized archive format");
  expect(tar_member("1.txt", "text").substr(0, 514), "a.tar: damaged or cut short: Truncated");
  expect(tar_member("1.txt", "text", size_t{1} << 32), "a.tar: damaged or cut short: Truncated");
  expect(tar_member("1.txt", "a") + tar_member("1.txt", "b") + tar_end(), "a.tar: 1.txt is there twice");
  expect(tar_member("1.json", "[]") + tar_end(), "a.tar: 1.json: not a JSON object");
  expect(tar_member("1.json", R"({"body": "x"})") + tar_end(), "a.tar: 1.json: has no key \"text\"");
}

/// libarchive and zlib read through buffers of 256 KiB, one and three of them.
constexpr test::AllocationLimit kDocumentsLimit = {.fixed = 1 << 20};

TEST_F(DocumentsTest, FuzzedTarEndsInAnError) {
  const std::string good = tar_member("1.json", R"({"text": "two"})") + tar_member("2.txt", noise(700)) + tar_end();
  std::mt19937 random(23);
  for (test::FuzzRounds rounds(200); rounds.next();) {
    std::string bad = good;
    for (int flips = 0; flips < 3; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(1 + random() % bad.size());
    const test::AllocationBound bound(bad.size(), kDocumentsLimit);
    try {
      read_all(write("a.tar", bad));
    } catch (const FormatError&) {
    }
  }
}

TEST_F(DocumentsTest, DenseTarsTakeBoundedMemory) {
  std::vector<std::string> members = test::dense_json(1'000'000);
  members.push_back(test::repeated("[", 1'000'000));
  members.push_back(format(R"({{"text": "{}"}})", noise(1'000'000)));
  for (const std::string& member : members) {
    const std::string tar = tar_member("1.json", member) + tar_end();
    const test::AllocationBound bound(tar.size(), kDocumentsLimit);
    try {
      EXPECT_EQ(read_all(write("a.tar", tar)).at(0).size(), 1'000'000u);
    } catch (const FormatError&) {
    }
  }
}

/// Shards that the mosaicml-streaming package wrote: fixtures/make_mds.py.
class MdsTest : public DocumentsTest {
 protected:
  MdsTest() { copy("mds"); }

  void copy(const std::string& name) {
    fs::remove_all(folder_ / "set");
    fs::copy(kFixtures / name, folder_ / "set");
  }
  void change(const std::function<void(json&)>& edit) {
    const fs::path path = folder_ / "set/index.json";
    json index = json::parse(read_file(kFixtures / "mds/index.json"));
    edit(index);
    test::write_file(path, index.dump());
  }
  static Documents expected() {
    Documents documents;
    for (int i = 0; i < 7; ++i) {
      documents.emplace_back();
      for (int j = 0; j <= i && i != 3; ++j) documents.back() += format("document {}: é", i);
    }
    return documents;
  }
  std::string set() const { return (folder_ / "set").string(); }
};

TEST_F(MdsTest, ReadsWhatThePackageWrote) {
  EXPECT_EQ(read_all(set()), expected());
  EXPECT_EQ(input_bytes(set()), 381 + 414 + 335);
  copy("mds_zstd");
  EXPECT_EQ(read_all(set()), expected());
  EXPECT_EQ(input_bytes(set()), 243 + 232 + 193);
}

TEST_F(MdsTest, NamesWhatItCannotRead) {
  const auto expect = [&](const std::function<void(json&)>& edit, const std::string& part) {
    change(edit);
    EXPECT_ERROR(FormatError, part, read_all(set()));
  };
  expect([](json& index) { index["shards"][1]["version"] = 3; }, "index.json: shards.1.version: is 3, supported is 2");
  expect([](json& index) { index["shards"][0]["format"] = "csv"; }, "shards.0.format: \"csv\" is not supported");
  expect([](json& index) { index["shards"] = json::array(); }, "index.json: shards: is no list of shards");
  expect([](json& index) { index["shards"][0]["raw_data"]["basename"] = "../x"; }, "\"../x\" is not a file of the");
  expect([](json& index) { index["shards"][2]["column_names"][0] = "other"; },
         "shards.2.column_names: other columns than in the first shard");
  expect([](json& index) { index["shards"][1]["samples"] = 9; },
         "shard.00001.mds: holds 2 samples, but index.json says 9");
  expect([](json& index) { index["shards"][0]["raw_data"]["bytes"] = 99; }, "but index.json says 99");
  const auto all_shards = [](json& index, const char* key, size_t column, const char* value) {
    for (json& shard : index["shards"]) shard[key][column] = value;
  };
  expect([&](json& index) { all_shards(index, "column_names", 2, "body"); },
         "no column \"text\"; name one by --jsonl-key: \"blob\" (\"bytes\"), \"id\" (\"int\"), \"body\" (\"str\")");
  expect([&](json& index) { all_shards(index, "column_encodings", 2, "ndarray:int32"); },
         "the column \"text\" holds no text but \"ndarray:int32\"");
  change([](json&) {});
  EXPECT_ERROR(FormatError, "columns of tokens are not read", read_all(set(), {.key = "blob"}));
}

TEST_F(MdsTest, DamagedShardsAreNamed) {
  const fs::path shard = folder_ / "set/shard.00001.mds";
  const std::string good = read_file(shard);
  const auto expect = [&](const std::string& bytes, const std::string& part) {
    test::write_file(shard, bytes);
    EXPECT_ERROR(FormatError, "shard.00001.mds: " + part, read_all(set()));
  };
  expect(good.substr(0, good.size() - 1), "ends 1 bytes early: truncated");
  expect(good + "x", "goes on behind its last sample at byte 414");
  std::string bad = good;
  bad[4] = 1;
  bad[5] = 0;
  expect(bad, "offset 0 goes backwards");
  bad = good;
  const uint32_t first = static_cast<unsigned char>(good[4]) + 256u * static_cast<unsigned char>(good[5]);
  bad[first + 4] = '\x7f';
  expect(bad, "sample 0: a value of 127 bytes does not fit");
  fs::remove(shard);
  EXPECT_ERROR(IoError, "shard.00001.mds: No such file", read_all(set()));
  EXPECT_ERROR(IoError, "shard.00001.mds: No such file or directory, though index.json lists it", input_bytes(set()));
}

TEST_F(MdsTest, FuzzedShardsEndInAnError) {
  const fs::path shard = folder_ / "set/shard.00000.mds", index = folder_ / "set/index.json";
  const std::string good_shard = read_file(shard), good_index = read_file(index);
  std::mt19937 random(29);
  for (test::FuzzRounds rounds(200); rounds.next();) {
    std::string bad_shard = good_shard, bad_index = good_index;
    std::string& bad = random() % 2 ? bad_shard : bad_index;
    for (int flips = 0; flips < 2; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bad.resize(1 + random() % bad.size());
    test::write_file(shard, bad_shard);
    test::write_file(index, bad_index);
    const test::AllocationBound bound(bad_shard.size() + bad_index.size(), kDocumentsLimit);
    try {
      read_all(set());
    } catch (const FormatError&) {
    } catch (const IoError&) {  // the name of another file
    }
  }
}

TEST_F(MdsTest, DenseIndicesTakeBoundedMemory) {
  const json good = json::parse(read_file(kFixtures / "mds/index.json"));
  const auto with_shards = [&](auto edit) {
    json index = good, shard = good["shards"][0];
    edit(index, shard);
    return index.dump();
  };
  std::vector<std::string> texts = test::dense_json(1'000'000);
  texts.push_back(with_shards([](json& index, json& shard) { index["shards"] = std::vector<json>(5'000, shard); }));
  texts.push_back(with_shards([](json& index, json& shard) {
    shard["column_names"] = shard["column_encodings"] = std::vector<std::string>(100'000);
    shard["column_sizes"] = std::vector<int>(100'000);
    index["shards"] = {shard};
  }));
  for (const std::string& text : texts) {
    test::write_file(folder_ / "set/index.json", text);
    const test::AllocationBound bound(text.size());
    EXPECT_THROW(read_mds_index(set(), "none"), FormatError);
  }
  test::write_file(folder_ / "set/index.json", texts[texts.size() - 2]);
  const test::AllocationBound bound(texts[texts.size() - 2].size());
  EXPECT_EQ(read_mds_index(set(), "text").shards.size(), 5'000u);
}

TEST_F(MdsTest, DenseShardsTakeBoundedMemory) {
  const fs::path shard = folder_ / "set/shard.00000.mds";
  for (const uint32_t samples : {uint32_t{300'000}, UINT32_MAX}) {
    change([&](json& index) {
      index["shards"] = {index["shards"][0]};
      index["shards"][0]["samples"] = samples;
    });
    std::vector<uint32_t> words(600'000, 4 * 600'000);
    words[0] = samples;
    const std::string bytes(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint32_t));
    test::write_file(shard, bytes);
    const test::AllocationBound bound(bytes.size(), kDocumentsLimit);
    EXPECT_THROW(read_all(set()), FormatError);
  }
}

}  // namespace
}  // namespace trireme::data
