#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "trireme/core/diagnostic.h"
#include "trireme/recipe/recipe.h"

namespace trireme::plan {

/// Resolved degrees of the mesh axes, outermost first. ep is carved from dp_shard x cp x tp.
struct Degrees {
  int64_t pp = 1;
  int64_t dp_replicate = 1;
  int64_t dp_shard = 1;
  int64_t cp = 1;
  int64_t tp = 1;
  int64_t ep = 1;

  int64_t world() const { return pp * dp_replicate * dp_shard * cp * tp; }
  /// Ranks that read different sequences: the derived axis `batch`.
  int64_t batch() const { return dp_replicate * dp_shard; }
};

/// The degrees of `parallel` in a world of `world` ranks. Problems, each with the nearest valid values, go to
/// `found`; the result then means nothing.
Degrees resolve_degrees(const recipe::Parallel& parallel, int64_t world, Diagnostics& found);

/// How data parallelism uses the mesh: state is split over `shard` ranks and repeated over `replicate` ranks.
/// DDP (zero = 0) shards nothing.
struct DataParallel {
  int64_t shard = 1;
  int64_t replicate = 1;
};
DataParallel data_parallel(const Degrees& degrees, int64_t zero);

/// The largest valid value at most `wanted` and the smallest above it, by trying them: "6 and 9", "4", or
/// "none". `valid` judges values from 1 to `limit`.
std::string nearest_values(int64_t wanted, int64_t limit, const std::function<bool(int64_t)>& valid);

/// One axis of the mesh.
struct Axis {
  std::string name;
  int64_t degree = 1;
  int64_t stride = 1;  // from one rank of a group to the next
};

/// Axes, outermost first. Neighbours in tp are neighbours in rank.
std::vector<Axis> mesh_axes(const Degrees& degrees);
/// Ranks of the group of `axis` that has index `group`; groups are ordered by their first rank.
std::vector<int64_t> group_ranks(const Axis& axis, int64_t group);

}  // namespace trireme::plan
