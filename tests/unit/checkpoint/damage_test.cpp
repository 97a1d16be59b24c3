#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/checkpoint/folder.h"
#include "trireme/core/hash.h"
#include "trireme/formats/checkpoint_manifest.h"
#include "trireme/formats/json_file.h"
#include "unit/checkpoint/state_of_ranks.h"

namespace trireme::checkpoint {
namespace {

using nlohmann::json;

/// Two checkpoints by two ranks; the newer one, of step 20, gets damaged.
class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override { save_steps(root_, 2, Layout::kSharded, {10, 20}); }

  /// The newer one is named with this text and the older one is used.
  void expect_falls_back(const std::string& part) {
    const auto warnings = expect_loads(root_, 3, Layout::kSharded, 10);
    ASSERT_EQ(warnings.size(), 1u);
    test::expect_contains(warnings[0], part);
  }
  void patch_manifest(const std::string& key, const json& value, bool keep_checksum) {
    json manifest = formats::read_json(manifest_);
    manifest[key] = value;
    if (!keep_checksum) {
      manifest.erase("manifest_checksum");
      manifest["manifest_checksum"] = content_hash(manifest.dump());
    }
    test::write_file(manifest_, manifest.dump());
  }

  test::TemporaryFolder folder_;
  fs::path root_ = folder_ / "checkpoints";
  fs::path newer_ = root_ / "step_00000020";
  fs::path manifest_ = newer_ / "manifest.json";
  fs::path shard_ = newer_ / "rank_00001.safetensors";
};

TEST_F(DamageTest, TruncatedShard) {
  fs::resize_file(shard_, fs::file_size(shard_) - 1);
  expect_falls_back("step_00000020/rank_00001.safetensors: ");
  expect_falls_back("truncated");
}

TEST_F(DamageTest, FlippedByteInAShard) {
  const auto at = fs::file_size(shard_) - 100;
  const std::string text = read_file(shard_);
  test::overwrite(shard_, at, std::string(1, static_cast<char>(text[at] ^ 1)));
  expect_falls_back("rank_00001.safetensors: checksum of the");
}

TEST_F(DamageTest, MissingShard) {
  fs::remove(shard_);
  expect_falls_back(shard_.string() + ": is missing: incomplete");
}

TEST_F(DamageTest, MissingManifest) {
  fs::remove(manifest_);
  expect_falls_back(manifest_.string() + ": is missing: incomplete");
}

TEST_F(DamageTest, HalfAManifest) {
  fs::resize_file(manifest_, fs::file_size(manifest_) / 2);
  expect_falls_back("step_00000020/manifest.json: not JSON");
}

TEST_F(DamageTest, EmptyManifest) {
  fs::resize_file(manifest_, 0);
  expect_falls_back("manifest.json: empty");
}

TEST_F(DamageTest, ChangedManifest) {
  json state = formats::read_json(manifest_)["state"];
  state["step"] = 21;
  patch_manifest("state", state, /*keep_checksum=*/true);
  expect_falls_back("manifest.json: checksum does not hold: damaged");
}

TEST_F(DamageTest, AnyFlippedBitOfTheManifestIsFoundOrChangesNothing) {
  const std::string text = read_file(manifest_);
  const std::string whole = formats::manifest_text(formats::read_manifest(newer_));
  for (size_t bit = 0; bit < 8 * text.size(); bit += 13) {
    std::string flipped = text;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    try {
      EXPECT_EQ(formats::manifest_text(formats::parse_manifest(flipped, "m")), whole) << "bit " << bit;
    } catch (const FormatError&) {
    }
  }
}

TEST_F(DamageTest, AManifestThatNamesFilesOutsideItsFolder) {
  const std::string absolute = root_ / "step_00000010" / "rank_00000.safetensors";
  for (const std::string& name : {std::string("../step_00000010/rank_00000.safetensors"), absolute, std::string(".."),
                                  std::string(""), std::string("a/b")}) {
    json files = formats::read_json(manifest_)["files"];
    files[0]["name"] = name;
    patch_manifest("files", files, /*keep_checksum=*/false);
    expect_falls_back("name: \"" + name + "\" is not a file of the folder");
  }
}

TEST_F(DamageTest, AFileThatIsASymbolicLink) {
  fs::rename(shard_, root_ / "elsewhere");
  fs::create_symlink(root_ / "elsewhere", shard_);
  expect_falls_back("rank_00001.safetensors: is a symbolic link; the files of a checkpoint lie in its folder");
}

TEST_F(DamageTest, UnknownVersion) {
  patch_manifest("version", 2, /*keep_checksum=*/false);
  expect_falls_back("manifest.json: version 2 is unknown; this trireme reads version 1");
}

TEST_F(DamageTest, ManifestThatLacksAPiece) {
  json tensors = formats::read_json(manifest_)["tensors"];
  tensors["q"]["pieces"].erase(1);
  patch_manifest("tensors", tensors, /*keep_checksum=*/false);
  expect_falls_back("q: the manifest has ");
}

TEST_F(DamageTest, AllDamagedIsAnErrorThatListsThem) {
  fs::remove(manifest_);
  fs::remove(root_ / "step_00000010" / "manifest.json");
  const std::string text = test::message_of<FormatError>([&] { expect_loads(root_, 2, Layout::kSharded, 10); });
  test::expect_contains(text, "no checkpoint can be used; remove them to start anew");
  test::expect_contains(text, "step_00000020/manifest.json");
  test::expect_contains(text, "step_00000010/manifest.json");
}

TEST_F(DamageTest, AnotherModelIsAnErrorAndNotDamage) {
  const auto alone = comm::local::make_alone("world");
  std::vector<float> memory(14);
  StatePiece piece;
  piece.name = "norm";
  piece.shape = {14};
  piece.bytes = std::as_writable_bytes(std::span(memory));
  const auto load_piece = [&] { load_latest(root_, std::span(&piece, 1), *alone); };
  EXPECT_ERROR(ConfigError, "norm is fp32 [13], but this run's is fp32 [14]", load_piece());
  piece.name = "norm.momentum";
  EXPECT_ERROR(ConfigError, "has no tensor norm.momentum: saved from another model or optimizer", load_piece());
}

TEST_F(DamageTest, NoCheckpointsAreNoError) {
  const auto alone = comm::local::make_alone("world");
  EXPECT_FALSE(load_latest(folder_ / "nowhere", {}, *alone).has_value());
  EXPECT_FALSE(newest_state(folder_ / "nowhere").has_value());
}

TEST_F(DamageTest, NewestStateSkipsADamagedManifest) {
  EXPECT_EQ(newest_state(root_)->state, state_at(20));
  fs::resize_file(manifest_, 40);
  EXPECT_EQ(newest_state(root_)->state, state_at(10));
}

}  // namespace
}  // namespace trireme::checkpoint
