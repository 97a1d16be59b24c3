#include "trireme/mesh/mesh.h"

#include <gtest/gtest.h>

#include "support/ranks.h"
#include "trireme/core/error.h"

namespace trireme::mesh {

namespace {

void on_ranks(int size, const testing::RankBody& body) {
  for (const auto& outcome : testing::run_ranks({"local", size}, body)) EXPECT_EQ(outcome.error, "");
}

int64_t sum_of_ranks(comm::Communicator& group, int rank) {
  int64_t sum = rank;
  group.all_reduce({&sum, 1, DType::kI64, {}}, comm::ReduceOp::kSum).wait();
  return sum;
}

}  // namespace

TEST(Mesh, TpVariesFastestAndPpSlowest) {
  on_ranks(8, [](comm::Communicator& world) {
    const Mesh mesh(world, {.pp = 2, .dp_shard = 2, .tp = 2});
    const int rank = world.rank().value();
    testing::expect(mesh.index(Axis::kPp) == rank / 4 && mesh.index(Axis::kDpShard) == rank / 2 % 2 &&
                        mesh.index(Axis::kTp) == rank % 2,
                    format("wrong place of rank {}", rank));
    testing::expect(sum_of_ranks(mesh.group(Axis::kTp), rank) == rank / 2 * 4 + 1, "tp group");
    testing::expect(sum_of_ranks(mesh.group(Axis::kDpShard), rank) == 2 * (rank / 4 * 4 + rank % 2) + 2,
                    "dp_shard group");
    testing::expect(sum_of_ranks(mesh.group(Axis::kPp), rank) == 2 * (rank % 4) + 4, "pp group");
    testing::expect(mesh.degree(Axis::kCp) == 1 && mesh.group(Axis::kCp).size() == 1, "cp group");
  });
}

TEST(Mesh, DerivedAxesJoinBaseAxes) {
  on_ranks(8, [](comm::Communicator& world) {
    const Mesh mesh(world, {.dp_replicate = 2, .dp_shard = 2, .cp = 2});
    const int rank = world.rank().value();
    testing::expect(mesh.degree(Axis::kLoss) == 8 && mesh.index(Axis::kLoss) == rank, "loss");
    testing::expect(mesh.degree(Axis::kFsdp) == 4 && mesh.index(Axis::kFsdp) == rank % 4, "fsdp");
    testing::expect(mesh.degree(Axis::kBatch) == 4 && mesh.index(Axis::kBatch) == rank / 2, "batch");
    testing::expect(sum_of_ranks(mesh.group(Axis::kFsdp), rank) == rank / 4 * 16 + 6, "fsdp group");
    testing::expect(sum_of_ranks(mesh.group(Axis::kBatch), rank) == 12 + rank % 2 * 4, "batch group");
    for (const Axis axis : kAxes) {
      testing::expect(mesh.group(axis).rank() == Rank(mesh.index(axis)) && mesh.group(axis).size() == mesh.degree(axis),
                      format("group of {} is not ordered by index", name_of(axis)));
    }
  });
}

TEST(Mesh, DegreesThatDontFillTheWorldAreNamed) {
  const auto outcomes =
      testing::run_ranks({"local", 2}, [](comm::Communicator& world) { Mesh(world, {.dp_shard = 3}); });
  for (const auto& outcome : outcomes) {
    EXPECT_NE(outcome.error.find("need 3 ranks but the world has 2"), std::string::npos) << outcome.error;
    EXPECT_NE(outcome.error.find("dp_shard = 3"), std::string::npos) << outcome.error;
  }
}

}  // namespace trireme::mesh
