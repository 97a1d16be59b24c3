#include "trireme/formats/checkpoint_manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "support/allocation_bound.h"
#include "support/dense_json.h"
#include "support/fuzz_rounds.h"
#include "support/mutate.h"
#include "trireme/core/error.h"
#include "trireme/core/hash.h"

namespace trireme::formats {
namespace {

CheckpointManifest small_manifest() {
  CheckpointManifest manifest;
  manifest.state.step = 20;
  manifest.state.model_config = "{}";
  manifest.files = {{"shard_0.safetensors", 96, {content_hash("0")}}, {"shard_1.safetensors", 96, {content_hash("1")}}};
  ManifestTensor tensor{.dtype = DType::kF32, .shape = {4, 4}, .pieces = {}};
  tensor.pieces.push_back(
      {.file = 0, .offset = 32, .range = {.box_offsets = {}, .box_shape = {}, .first = 0, .count = 8}});
  tensor.pieces.push_back(
      {.file = 1, .offset = 32, .range = {.box_offsets = {}, .box_shape = {}, .first = 8, .count = 8}});
  manifest.tensors["w"] = tensor;
  return manifest;
}

/// Whole numbers at the borders of what fits, and some that do.
int64_t hostile(std::mt19937& random) {
  constexpr int64_t kValues[] = {0, 1, -1, 8, 16, 96, int64_t{1} << 31, int64_t{1} << 62, INT64_MAX, INT64_MIN};
  return kValues[random() % std::size(kValues)];
}

constexpr const char* kNames[] = {"",
                                  "..",
                                  "../shard_0.safetensors",
                                  "/etc/passwd",
                                  "a/b",
                                  "shard_1.safetensors",
                                  "00000000000000000000000000000000"};

TEST(CheckpointManifestTest, ReadsBackWhatItWrites) {
  const std::string text = manifest_text(small_manifest());
  EXPECT_EQ(manifest_text(parse_manifest(text, "m")), text);
}

/// The checksum holds: what is refused, is refused for what it says.
TEST(CheckpointManifestTest, FuzzedValuesUnderAGoodChecksumEndInAnErrorOrReadBack) {
  std::mt19937 random(31);
  for (test::FuzzRounds rounds(500); rounds.next();) {
    CheckpointManifest manifest = small_manifest();
    ManifestTensor& tensor = manifest.tensors["w"];
    ManifestPiece& piece = tensor.pieces[random() % 2];
    ManifestFile& file = manifest.files[random() % 2];
    switch (random() % 8) {
      case 0: piece.file = hostile(random); break;
      case 1: piece.offset = hostile(random); break;
      case 2: piece.range.first = hostile(random), piece.range.count = hostile(random); break;
      case 3: tensor.shape[random() % 2] = hostile(random); break;
      case 4: file.bytes = hostile(random); break;
      case 5: file.name = kNames[random() % std::size(kNames)]; break;
      case 6: manifest.state.next_sample = hostile(random); break;
      default: file.checksums = std::vector<std::string>(random() % 3, kNames[random() % std::size(kNames)]); break;
    }
    const std::string text = manifest_text(manifest);
    const test::AllocationBound bound(text.size());
    try {
      EXPECT_EQ(manifest_text(parse_manifest(text, "m")), text);
    } catch (const FormatError&) {
    }
  }
}

TEST(CheckpointManifestTest, FuzzedTextEndsInAnErrorOrReadsBackAlike) {
  const std::string text = manifest_text(small_manifest());
  std::mt19937 random(37);
  for (test::FuzzRounds rounds(500); rounds.next();) {
    const std::string bad = test::mutate(text, random);
    const test::AllocationBound bound(bad.size());
    try {
      EXPECT_EQ(manifest_text(parse_manifest(bad, "m")), text);
    } catch (const FormatError&) {
    }
  }
}

/// What is said of a manifest with `shape` and a first piece of `range`.
std::string refusal(std::vector<int64_t> shape, PieceRange range) {
  CheckpointManifest manifest = small_manifest();
  manifest.tensors["w"].shape = std::move(shape);
  manifest.tensors["w"].pieces[0].range = std::move(range);
  try {
    parse_manifest(manifest_text(manifest), "m");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(CheckpointManifestTest, SizesThatOverflowAreRefused) {
  constexpr int64_t kQuarter = int64_t{1} << 62;  // times 4 it is 0 in 64 bits
  EXPECT_EQ(refusal({4, 4}, {{1, 0}, {3, 4}, 0, 8}), "");
  EXPECT_NE(refusal({kQuarter + 4, 4}, {{}, {}, 0, 8}).find("more bytes than can be counted"), std::string::npos);
  EXPECT_NE(refusal({4, 4}, {{0, 0}, {kQuarter + 4, 4}, 0, 8}).find("more bytes than can be counted"),
            std::string::npos);
  EXPECT_NE(refusal({4, 4}, {{2, 0}, {3, 4}, 0, 8}).find("[3, 4] at [2, 0] reaches out"), std::string::npos);
  EXPECT_NE(refusal({4, 4}, {{INT64_MAX, 0}, {3, 4}, 0, 8}).find("reaches out"), std::string::npos);
  EXPECT_NE(refusal({4, 4}, {{}, {}, 1, INT64_MAX}).find("from 1 on, of 16 elements"), std::string::npos);
}

/// The small manifest with the values `items`, each with a comma behind it, in place of a list. Its checksum holds.
std::string with_list(const std::string& pointer, const std::string& items) {
  using nlohmann::json;
  json value = json::parse(manifest_text(small_manifest()));
  value.erase("manifest_checksum");
  value[json::json_pointer(pointer)] = json::parse("[" + items + items.substr(0, items.find(',')) + "]");
  value["manifest_checksum"] = content_hash(value.dump());
  return value.dump();
}

/// Scalars without pieces, whose names take a digit or few.
CheckpointManifest many_tensors() {
  CheckpointManifest manifest = small_manifest();
  manifest.tensors["w"].pieces.clear();
  for (int i = 0; i < 2000; ++i)
    manifest.tensors[std::to_string(i)] = {.dtype = DType::kU8, .shape = {1}, .pieces = {}};
  return manifest;
}

TEST(CheckpointManifestTest, DenseFilesTakeBoundedMemory) {
  CheckpointManifest manifest = small_manifest();
  manifest.tensors["w"].pieces.resize(2000, manifest.tensors["w"].pieces[0]);
  std::vector<std::string> texts = test::dense_json(100'000);
  for (const char* list : {"/tensors/w/shape", "/tensors/w/pieces", "/files", "/files/0/checksums"}) {
    for (const char* value : {"0,", "\"\",", "{},"}) texts.push_back(with_list(list, test::repeated(value, 100'000)));
  }
  texts.push_back(manifest_text(many_tensors()));
  texts.push_back(manifest_text(manifest));
  for (const std::string& text : texts) {
    const test::AllocationBound bound(text.size());
    try {
      const CheckpointManifest read = parse_manifest(text, "m");
      EXPECT_EQ(read.tensors.size() + read.tensors.at("w").pieces.size(), 2001u);
    } catch (const FormatError&) {
    }
  }
}

}  // namespace
}  // namespace trireme::formats
