#include "trireme/plan/degrees.h"

#include <algorithm>

#include "trireme/core/format.h"

namespace trireme::plan {

namespace {

struct NamedDegree {
  const char* name;
  int64_t value;
};

std::string product_text(const std::vector<NamedDegree>& degrees) {
  std::string text;
  for (const auto& [name, value] : degrees) text += format("{}{} {}", text.empty() ? "" : " x ", name, value);
  return text;
}

bool all_positive(const std::vector<NamedDegree>& degrees, Diagnostics& found) {
  bool good = true;
  for (const auto& [name, value] : degrees) {
    if (value >= 1) continue;
    found.error(format("parallel.{}", name), format("must be at least 1, got {}", value));
    good = false;
  }
  return good;
}

void check_expert(const Degrees& degrees, Diagnostics& found) {
  const int64_t region = degrees.dp_shard * degrees.cp * degrees.tp;
  if (region % degrees.ep == 0) return;
  found.error("parallel.ep", format("must divide dp_shard x cp x tp = {}, got {}", region, degrees.ep),
              format("nearest valid values: {}",
                     nearest_values(degrees.ep, region, [&](int64_t ep) { return region % ep == 0; })));
}

}  // namespace

std::string nearest_values(int64_t wanted, int64_t limit, const std::function<bool(int64_t)>& valid) {
  int64_t below = std::min(wanted, limit);
  while (below >= 1 && !valid(below)) --below;
  int64_t above = std::max<int64_t>(wanted + 1, 1);
  while (above <= limit && !valid(above)) ++above;
  if (below >= 1 && above <= limit) return format("{} and {}", below, above);
  if (below >= 1) return format("{}", below);
  return above <= limit ? format("{}", above) : "none";
}

Degrees resolve_degrees(const recipe::Parallel& parallel, int64_t world, Diagnostics& found) {
  Degrees degrees{parallel.pp, parallel.dp_replicate, parallel.dp_shard, parallel.cp, parallel.tp, parallel.ep};
  if (world < 1) found.error("", format("the world must have at least 1 rank, got {}", world));
  const std::vector<NamedDegree> others = {
      {"pp", degrees.pp}, {"dp_replicate", degrees.dp_replicate}, {"cp", degrees.cp}, {"tp", degrees.tp}};
  std::vector<NamedDegree> checked = others;
  checked.push_back({"ep", degrees.ep});
  if (degrees.dp_shard != -1) checked.push_back({"dp_shard", degrees.dp_shard});
  if (!all_positive(checked, found) || world < 1) return degrees;

  const int64_t rest = degrees.pp * degrees.dp_replicate * degrees.cp * degrees.tp;
  if (world % rest != 0) {
    const int64_t fixed = rest / degrees.dp_replicate;
    found.error("parallel.dp_replicate",
                format("{} = {} does not divide the world of {} ranks", product_text(others), rest, world),
                format("nearest valid values of dp_replicate: {}",
                       nearest_values(degrees.dp_replicate, world,
                                      [&](int64_t value) { return world % (fixed * value) == 0; })));
    return degrees;
  }
  if (degrees.dp_shard == -1) degrees.dp_shard = world / rest;
  if (degrees.world() != world) {
    found.error("parallel.dp_shard",
                format("{} x dp_shard {} = {} ranks, but the world has {}", product_text(others), degrees.dp_shard,
                       degrees.world(), world),
                format("the only valid value is {}, or -1 for what is left", world / rest));
  }
  check_expert(degrees, found);
  return degrees;
}

DataParallel data_parallel(const Degrees& degrees, int64_t zero) {
  const int64_t fsdp = degrees.dp_shard * degrees.cp;
  if (zero == 0) return {.shard = 1, .replicate = degrees.dp_replicate * fsdp};
  return {.shard = fsdp, .replicate = degrees.dp_replicate};
}

std::vector<Axis> mesh_axes(const Degrees& degrees) {
  std::vector<Axis> axes = {{"pp", degrees.pp},
                            {"dp_replicate", degrees.dp_replicate},
                            {"dp_shard", degrees.dp_shard},
                            {"cp", degrees.cp},
                            {"tp", degrees.tp}};
  int64_t stride = 1;
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    axis->stride = stride;
    stride *= axis->degree;
  }
  return axes;
}

std::vector<int64_t> group_ranks(const Axis& axis, int64_t group) {
  const int64_t first = group / axis.stride * axis.stride * axis.degree + group % axis.stride;
  std::vector<int64_t> ranks;
  for (int64_t i = 0; i < axis.degree; ++i) ranks.push_back(first + i * axis.stride);
  return ranks;
}

}  // namespace trireme::plan
