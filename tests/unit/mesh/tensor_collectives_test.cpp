#include "trireme/mesh/tensor_collectives.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/ranks.h"
#include "trireme/core/error.h"

namespace trireme::mesh {

TEST(TensorCollectives, AgreeWithArithmetic) {
  const auto outcomes = testing::run_ranks({"local", 3}, [](comm::Communicator& world) {
    const auto rank = static_cast<double>(world.rank().value());
    const at::Tensor x = allocate(world, {2, 5}, at::kBFloat16).fill_(rank + 1);
    all_reduce(world, x, comm::ReduceOp::kAvg).wait();
    testing::expect(x.eq(2).all().item<bool>(), "all_reduce");
    const at::Tensor own = at::full({4}, rank), all = at::empty({3, 4});
    all_gather(world, own, all).wait();
    testing::expect(all.eq(at::arange(3).unsqueeze(1)).all().item<bool>(), "all_gather");
    reduce_scatter(world, all, own, comm::ReduceOp::kSum).wait();
    testing::expect(own.eq(3 * rank).all().item<bool>(), "reduce_scatter");
    broadcast(world, own, Rank(2)).wait();
    testing::expect(own.eq(6).all().item<bool>(), "broadcast");
  });
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.error, "");
}

TEST(TensorCollectives, RefuseTensorsWithGaps) {
  const at::Tensor gaps = at::zeros({4, 4}).t();
  EXPECT_THROW(buffer_of(gaps), BugError);
}

TEST(TensorCollectives, AllocatedTensorsOutliveTheirGroup) {
  at::Tensor kept;
  testing::run_ranks({"local", 1}, [&](comm::Communicator& world) { kept = allocate(world, {1000}, at::kFloat); });
  EXPECT_EQ(kept.sum().item<float>(), 0);
}

}  // namespace trireme::mesh
