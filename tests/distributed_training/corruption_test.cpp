#include <gtest/gtest.h>

#include <cstddef>

#include "distributed_training/tiny_training.h"
#include "support/expect_error.h"
#include "trireme/core/error.h"
#include "trireme/engine/digests.h"

namespace trireme::testing {
namespace {

using engine::Digest;
using engine::find_difference;

constexpr const char* kNorm = "model.norm.weight";

TEST(Digests, AgreeingRanksHaveNoDifference) {
  EXPECT_FALSE(find_difference({{{"a", "1"}, {"b", "2"}}, {{"a", "1"}, {"b", "2"}}}));
}

TEST(Digests, TheMinorityOfTheFirstTensorIsNamed) {
  const std::vector<Digest> good = {{"a", "1"}, {"b", "2"}, {"c", "3"}}, bad = {{"a", "1"}, {"b", "x"}, {"c", "y"}};
  const auto difference = find_difference({good, good, bad, good, bad});
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->name, "b");
  EXPECT_EQ(difference->tensors, 2u);
  EXPECT_TRUE(difference->has_majority);
  EXPECT_EQ(difference->odd_ranks, (std::vector<size_t>{2, 4}));
}

TEST(Digests, TwoRanksHaveNoMajority) {
  const auto difference = find_difference({{{"a", "1"}}, {{"a", "2"}}});
  ASSERT_TRUE(difference);
  EXPECT_FALSE(difference->has_majority);
  EXPECT_EQ(difference->odd_ranks, (std::vector<size_t>{0, 1}));
}

TEST(Digests, ReadBackFromText) {
  const std::vector<Digest> digests = {{"model.norm.weight", "00ff"}, {"optimizer.updates", "12"}};
  const auto back = engine::digests_from_text(engine::to_text(digests));
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[1].name, "optimizer.updates");
  EXPECT_EQ(back[1].hash, "12");
}

/// Whose bit flips: the piece of `rank`'s state with this name, after the first step.
struct Flip {
  int rank;
  std::string name;
};

/// One that counts: the last bit of a moment may be lost in the rounding of the next update.
void flip_bit(std::span<std::byte> bytes) { bytes[bytes.size() / 2 + 2] ^= std::byte{16}; }

void flip_state(engine::Trainer& trainer, const std::string& name) {
  for (const auto& piece : trainer.state_pieces())
    if (piece.name == name && !piece.bytes.empty()) return flip_bit(piece.bytes);
  FAIL() << "no piece " << name;
}

/// Spoils a whole parameter that layers read while this rank's gradients are on their way.
class SpoilsPublished final : public engine::BatchSource {
 public:
  SpoilsPublished(engine::BatchSource& inner, parallel::ShardedModel& model) : inner_(inner), model_(model) {}

  std::vector<layer::Microbatch> take(int64_t first_sample) override {
    for (const auto& [name, value] : model_.published())
      if (name == kNorm) flip_bit({static_cast<std::byte*>(value.data_ptr()), value.nbytes()});
    return inner_.take(first_sample);
  }

 private:
  engine::BatchSource& inner_;
  parallel::ShardedModel& model_;
};

/// Two steps, verified both; what the first failing rank says.
void train_with(const Flip& flip, int ranks, const Mode& mode, const char* compute = "fp32") {
  TinyRun run;
  run.recipe.system.verify_every_steps = 1;
  run.recipe.precision.compute = compute;
  train_on_ranks(ranks, mode, [&](const mesh::Mesh& mesh) {
    const auto trainer = make_trainer(run, groups_of(mesh), mode);
    CountedBatches good(run, mesh.group(mesh::Axis::kBatch));
    trainer->step(good);
    const bool mine = mesh.world().rank().value() == flip.rank;
    SpoilsPublished spoilt(good, trainer->model());
    const bool published = flip.name == "published";
    if (mine && !published) flip_state(*trainer, flip.name);
    trainer->step(mine && published ? static_cast<engine::BatchSource&>(spoilt) : good);
  });
}

constexpr int kNobody = -1;

TEST(SilentCorruption, HealthyRanksPassInEveryMode) {
  for (const Mode& mode : {kDdp, kZero1, kZero2}) train_with({kNobody, ""}, 3, mode);
  for (const Mode& mode : {kHsdp1, kHsdp2, kHsdp3}) train_with({kNobody, ""}, 4, mode);
  for (const Mode& mode : {kDdp, kZero1}) train_with({kNobody, ""}, 2, mode, "bf16");
}

TEST(SilentCorruption, AFlippedWeightIsNamedWithItsRank) {
  EXPECT_ERROR(Error, "step 2: model.norm.weight of rank 1 on ", train_with({1, kNorm}, 3, kDdp));
  EXPECT_ERROR(Error, "is not what the other 2 ranks hold", train_with({2, kNorm}, 3, kDdp));
}

TEST(SilentCorruption, AFlippedMomentIsNamedOrTheWeightThatFollowsIt) {
  for (const char* moment : {"model.norm.weight.exp_avg", "model.norm.weight.exp_avg_sq"})
    EXPECT_ERROR(Error, "step 2: model.norm.weight of rank 2 on ", train_with({2, moment}, 3, kDdp));
}

TEST(SilentCorruption, TwoRanksAreBothNamed) {
  const std::string text = test::message_of<Error>([] { train_with({1, kNorm}, 2, kDdp); });
  test::expect_contains(text, "step 2: model.norm.weight differs between rank 0 on ");
  test::expect_contains(text, " and rank 1 on ");
  test::expect_contains(text, "a majority needs three ranks");
}

TEST(SilentCorruption, ReplicasOfAShardAreCompared) {
  const std::string text = test::message_of<Error>([] { train_with({2, kNorm}, 4, kHsdp3); });
  test::expect_contains(text, "differs between rank 0 on ");
  test::expect_contains(text, " and rank 2 on ");
}

TEST(SilentCorruption, AGatheredWeightIsCompared) {
  for (const Mode& mode : {kZero1, kZero2})
    EXPECT_ERROR(Error, "step 2: model.norm.weight of rank 2 on ", train_with({2, "published"}, 3, mode));
  EXPECT_ERROR(Error, "step 2: model.norm.weight of rank 1 on ", train_with({1, "published"}, 3, kDdp, "bf16"));
}

}  // namespace
}  // namespace trireme::testing
