#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "trireme/core/format.h"
#include "trireme/engine/groups.h"
#include "trireme/mesh/mesh.h"

namespace trireme::testing {

/// A way to lay data parallel ranks: the ZeRO level, and how many ranks repeat the state.
struct Mode {
  const char* name;
  int zero;
  int replicate;  // 0: all of them
};
inline constexpr Mode kDdp{"ddp", 0, 0}, kZero1{"zero_1", 1, 1}, kZero2{"zero_2", 2, 1}, kZero3{"zero_3", 3, 1};
inline constexpr Mode kHsdp1{"hsdp_zero_1", 1, 2}, kHsdp2{"hsdp_zero_2", 2, 2}, kHsdp3{"hsdp", 3, 2};

struct Layout {
  int ranks;
  Mode mode;
};
/// "3_ranks_zero_1"
inline std::string name_of(const ::testing::TestParamInfo<Layout>& info) {
  return trireme::format("{}_ranks_{}", info.param.ranks, info.param.mode.name);
}

engine::Groups groups_of(const mesh::Mesh& mesh);

/// Runs `body` on `size` threads of this process, one a rank, and throws what the first failing rank had to say.
/// `backend`: "local", or "nccl_threads" for a GPU each.
void train_on_ranks(int size, const Mode& mode, const std::function<void(const mesh::Mesh&)>& body,
                    const std::string& backend = "local");

}  // namespace trireme::testing
