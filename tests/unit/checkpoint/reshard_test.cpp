#include <gtest/gtest.h>
#include <set>

#include "support/temporary_folder.h"
#include "trireme/formats/checkpoint_reader.h"
#include "trireme/formats/safetensors.h"
#include "unit/checkpoint/state_of_ranks.h"

namespace trireme::checkpoint {
namespace {

constexpr Layout kLayouts[] = {Layout::kSharded, Layout::kReplicated, Layout::kColumns};

class Reshard : public ::testing::TestWithParam<std::tuple<int, Layout, bool>> {};

TEST_P(Reshard, EveryLayoutLoadsItBitwise) {
  const auto [ranks, layout, asynchronous] = GetParam();
  const test::TemporaryFolder folder;
  save_steps(folder.path(), ranks, layout, {3}, {.asynchronous = asynchronous});
  for (int readers = 1; readers <= 4; ++readers) {
    for (const Layout other : kLayouts) EXPECT_TRUE(expect_loads(folder.path(), readers, other, 3).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(RanksLayouts, Reshard,
                         ::testing::Combine(::testing::Values(1, 2, 3, 4), ::testing::ValuesIn(kLayouts),
                                            ::testing::Values(false, true)));

TEST(SavePlanTest, AReplicatedPieceIsWrittenOnceAndTheWorkIsShared) {
  RankState state(0, 4, Layout::kReplicated);
  const std::string text = describe_pieces(state.pieces());
  std::set<size_t> written;
  size_t total = 0;
  int64_t largest = 0;
  for (int rank = 0; rank < 4; ++rank) {
    const SavePlan plan = make_save_plan({text, text, text, text}, rank);
    written.insert(plan.mine.begin(), plan.mine.end());
    total += plan.mine.size();
    largest = std::max(largest, plan.file_bytes);
  }
  EXPECT_EQ(written.size(), tensors().size());
  EXPECT_EQ(total, tensors().size());
  EXPECT_LT(largest, 97 * 13 * 4 + 1000);  // no rank writes both of the two large tensors
}

TEST(SavePlanTest, RefusesPiecesThatMakeNoWholeTensor) {
  RankState first(0, 2, Layout::kSharded);
  EXPECT_THROW(make_save_plan({describe_pieces(first.pieces())}, 0), BugError);
}

TEST(ShardFileTest, IsASafetensorsFile) {
  const test::TemporaryFolder folder;
  save_steps(folder.path(), 2, Layout::kSharded, {1});
  const formats::SafetensorsFile file(folder.path() / "step_00000001" / "rank_00001.safetensors");
  const formats::TensorView* piece = file.find("norm[7:13]");
  ASSERT_NE(piece, nullptr);
  EXPECT_EQ(piece->as<float>()[0], value_at("norm", 7, 1));
}

TEST(CheckpointReaderTest, ReadsLargePiecesAcrossManyChecksummedRuns) {
  const test::TemporaryFolder folder;
  std::vector<float> values(5'000'001);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  StatePiece whole;
  whole.name = "w";
  whole.shape = {static_cast<int64_t>(values.size())};
  whole.bytes = std::as_writable_bytes(std::span(values));
  const auto alone = comm::local::make_alone("world");
  CheckpointWriter(folder.path(), *alone, {}).save(state_at(1), std::span(&whole, 1));
  for (const auto& [first, count] : {std::pair<size_t, size_t>{0, 1}, {4'999'990, 11}, {262'100, 2'500'000}}) {
    std::vector<float> part(count);
    StatePiece piece = whole;
    piece.first = static_cast<int64_t>(first);
    piece.bytes = std::as_writable_bytes(std::span(part));
    load(folder.path() / "step_00000001", std::span(&piece, 1), *alone);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), values.begin() + static_cast<int64_t>(first)));
  }
}

}  // namespace
}  // namespace trireme::checkpoint
