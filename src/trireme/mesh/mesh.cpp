#include "trireme/mesh/mesh.h"

#include <string>

#include "trireme/comm/local/local.h"
#include "trireme/core/error.h"

namespace trireme::mesh {

namespace {

constexpr size_t kBaseAxes = 5;

bool joins(Axis axis, size_t base) {
  const auto is = [base](Axis other) { return base == static_cast<size_t>(other); };
  switch (axis) {
    case Axis::kBatch: return is(Axis::kDpReplicate) || is(Axis::kDpShard);
    case Axis::kLoss: return is(Axis::kDpReplicate) || is(Axis::kDpShard) || is(Axis::kCp);
    case Axis::kFsdp: return is(Axis::kDpShard) || is(Axis::kCp);
    default: return is(axis);
  }
}

void check(const std::array<int, kBaseAxes>& degrees, int world) {
  int64_t product = 1;
  std::string text;
  for (size_t base = 0; base < kBaseAxes; ++base) {
    product *= degrees[base];
    text += format("{}{} = {}", base == 0 ? "" : ", ", name_of(kAxes[base]), degrees[base]);
    if (degrees[base] < 1) {
      throw ConfigError(format("parallel.{} must be at least 1, got {}", name_of(kAxes[base]), degrees[base]));
    }
  }
  if (product == world) return;
  throw ConfigError(
      format("the parallel degrees need {} ranks but the world has {}: {}. Start {} ranks or change the degrees",
             product, world, text, product));
}

}  // namespace

std::string_view name_of(Axis axis) {
  constexpr std::array<std::string_view, kAxes.size()> names = {"pp", "dp_replicate", "dp_shard", "cp",
                                                                "tp", "batch",        "loss",     "fsdp"};
  return names[static_cast<size_t>(axis)];
}

Mesh::Mesh(comm::Communicator& world, const Degrees& d) : world_(world) {
  const std::array<int, kBaseAxes> degrees = {d.pp, d.dp_replicate, d.dp_shard, d.cp, d.tp};
  check(degrees, world.size());
  std::array<int, kBaseAxes> coordinates{};
  for (int base = kBaseAxes - 1, left = world.rank().value(); base >= 0; --base) {
    const auto b = static_cast<size_t>(base);
    coordinates[b] = left % degrees[b];
    left /= degrees[b];
  }
  for (const Axis axis : kAxes) {
    Line& line = lines_[static_cast<size_t>(axis)];
    int color = 0;  // the coordinates that a group's ranks share
    for (size_t base = 0; base < kBaseAxes; ++base) {
      const bool joined = joins(axis, base);
      color = color * degrees[base] + (joined ? 0 : coordinates[base]);
      if (!joined) continue;
      line.degree *= degrees[base];
      line.index = line.index * degrees[base] + coordinates[base];
    }
    const std::string name(name_of(axis));
    line.group = line.degree == 1 ? comm::local::make_alone(name) : world.split(color, /*key=*/line.index, name);
  }
}

}  // namespace trireme::mesh
