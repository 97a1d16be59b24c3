#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "trireme/comm/communicator.h"

namespace trireme::mesh {

/// Directions of the mesh, outermost first: tp varies fastest, so that its ranks share a node. The last three join base
/// axes: batch = dp_replicate x dp_shard (ranks that read different sequences), loss = batch x cp (ranks whose losses
/// add up), fsdp = dp_shard x cp (ranks that share one copy of the parameters).
enum class Axis { kPp, kDpReplicate, kDpShard, kCp, kTp, kBatch, kLoss, kFsdp };
inline constexpr std::array kAxes = {Axis::kPp, Axis::kDpReplicate, Axis::kDpShard, Axis::kCp,
                                     Axis::kTp, Axis::kBatch,       Axis::kLoss,    Axis::kFsdp};
std::string_view name_of(Axis axis);

struct Degrees {
  int pp = 1;
  int dp_replicate = 1;
  int dp_shard = 1;
  int cp = 1;
  int tp = 1;
};

/// The ranks of a world arranged by axes, and the group of this rank along each.
class Mesh {
 public:
  /// Collective over `world`, which must outlive the mesh. Throws ConfigError unless the product of the degrees is its
  /// size.
  Mesh(comm::Communicator& world, const Degrees& degrees);

  comm::Communicator& world() const { return world_; }
  /// The ranks that differ from this one only along `axis`, ordered by their index there. Each axis has a communicator
  /// of its own, so operations of two axes don't wait for one another. A group of one is done at once.
  comm::Communicator& group(Axis axis) const { return *at(axis).group; }
  int degree(Axis axis) const { return at(axis).degree; }
  /// This rank's position along `axis`.
  int index(Axis axis) const { return at(axis).index; }

 private:
  struct Line {
    std::unique_ptr<comm::Communicator> group;
    int degree = 1, index = 0;
  };

  const Line& at(Axis axis) const { return lines_[static_cast<size_t>(axis)]; }

  comm::Communicator& world_;
  std::array<Line, kAxes.size()> lines_;
};

}  // namespace trireme::mesh
