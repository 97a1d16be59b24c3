#include "trireme/engine/rank.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

namespace trireme::engine {
namespace {

TEST(Rank, ComputesFp32WithoutTf32) {
  at::globalContext().setAllowTF32CuBLAS(true);
  EXPECT_TRUE(at::globalContext().allowTF32CuDNN()) << "PyTorch's default, which the rank changes";
  recipe::Recipe recipe;
  recipe.system.device = "cpu";
  const ExitCode code = run_as_rank(recipe, [](const RankContext&) {
    EXPECT_FALSE(at::globalContext().allowTF32CuBLAS());
    EXPECT_FALSE(at::globalContext().allowTF32CuDNN());
    return ExitCode::kOk;
  });
  EXPECT_EQ(code, ExitCode::kOk);
}

}  // namespace
}  // namespace trireme::engine
