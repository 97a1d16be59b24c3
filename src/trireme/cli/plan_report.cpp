#include "trireme/cli/plan_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/cli/terminal.h"
#include "trireme/core/format.h"

namespace trireme::cli {

namespace {

using Json = nlohmann::ordered_json;

/// "405,853,388,800".
std::string grouped(int64_t value) {
  std::string digits = std::to_string(value);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string right(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string plural(int64_t count, const std::string& noun) {
  return format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string line(const std::string& label, const std::string& text) { return padded(label, 12) + text + "\n"; }

/// "[0 1 2 3]", long groups as "[0 1 2 .. 1023]".
std::string group_text(const std::vector<int64_t>& ranks) {
  constexpr size_t kShown = 8;
  std::string text = "[";
  const bool whole = ranks.size() <= kShown;
  for (size_t i = 0; i < (whole ? ranks.size() : 3); ++i) text += format("{}{}", i > 0 ? " " : "", ranks[i]);
  if (!whole) text += format(" .. {}", ranks.back());
  return text + "]";
}

int64_t count_groups(const plan::Plan& plan, const plan::Axis& axis) { return plan.world / axis.degree; }

bool inside_a_node(const plan::Plan& plan, const plan::Axis& axis) {
  return plan.local_size % (axis.degree * axis.stride) == 0;
}

/// The first groups of an axis, and the last.
std::string groups_text(const plan::Plan& plan, const plan::Axis& axis) {
  constexpr int64_t kShown = 3;
  const int64_t count = count_groups(plan, axis);
  std::string text = format("{} of {}: ", plural(count, "group"), axis.degree);
  for (int64_t i = 0; i < std::min(count, kShown); ++i) {
    text += (i > 0 ? " " : "") + group_text(group_ranks(axis, i));
  }
  if (count > kShown) text += format(" .. {}", group_text(group_ranks(axis, count - 1)));
  return text + (inside_a_node(plan, axis) ? ", inside a node" : ", across nodes");
}

std::string mesh_text(const plan::Plan& plan) {
  const int64_t nodes = plan.world / plan.local_size;
  std::string text = line("world", format("{} on {}", plural(plan.world, "rank"), plural(nodes, "node")));
  bool any = false;
  for (const plan::Axis& axis : plan::mesh_axes(plan.degrees)) {
    if (axis.degree == 1) continue;
    text += line(any ? "" : "groups", padded(axis.name, 14) + groups_text(plan, axis));
    any = true;
  }
  return any ? text : text + line("groups", "none: every axis has degree 1");
}

std::string model_text(const plan::Plan& plan, const recipe::Recipe& recipe) {
  const arch::ModelConfig& config = recipe.model.config;
  std::string text =
      line("model", format("{}, {} layers, hidden {}, {} heads of {}, {} kv heads, ffn {}, vocabulary {}{}",
                           config.model_type, config.num_hidden_layers, config.hidden_size, config.num_attention_heads,
                           config.head_size(), config.kv_heads(), config.intermediate_size, config.vocab_size,
                           config.tie_word_embeddings ? ", tied" : ""));
  const bool whole = plan.num_trained == plan.num_parameters;
  text += line("parameters",
               grouped(plan.num_parameters) + (whole ? "" : format(", {} trained", grouped(plan.num_trained))));
  text += line("sharding", format("zero = {}: {} of {}, {} elements of padding", plan.sharding.zero,
                                  plural(static_cast<int64_t>(plan.units.size()), "unit"),
                                  plural(plan.sharding.groups.shard, "shard"), grouped(plan.padding())));
  const plan::Dtypes& dtypes = plan.sharding.dtypes;
  return text + line("precision", format("compute {}, gradient reduction {}, master weights and optimizer {}",
                                         name_of(dtypes.compute), name_of(dtypes.reduce), name_of(dtypes.master)));
}

std::string batch_text(const plan::Plan& plan, const recipe::Recipe& recipe) {
  const recipe::Train& train = recipe.train;
  std::string text =
      line("batch", format("global_batch_size {} = micro_batch_size {} x {} x {}", train.global_batch_size,
                           train.micro_batch_size, plural(plan.batch.batch_ranks, "batch rank"),
                           plural(plan.batch.accumulation_steps, "accumulation step")));
  text += line("tokens", format("{} a step of {} sequences of {}, {} in {} steps", grouped(plan.batch.tokens_per_step),
                                train.global_batch_size, train.seq_len,
                                grouped(plan.batch.tokens_per_step * train.steps), train.steps));
  return text;
}

std::string memory_text(const plan::Memory& memory) {
  std::string text = "\n" + bold(format("memory of a rank at its peak, {}", memory.moment)) + "\n";
  for (const auto& [kind, bytes] : plan::by_kind(memory)) {
    if (bytes == 0) continue;
    text += "  " + padded(kind, 18) + right(format_bytes(static_cast<double>(bytes)), 12) + "\n";
  }
  text += "  " + padded("total", 18) + right(format_bytes(static_cast<double>(memory.total())), 12) + "\n";
  return text + "  " + padded("beside it, on CPUs", 18) +
         right(format_bytes(static_cast<double>(plan::kProcessBytes)), 12) + " of the process itself\n";
}

std::string traffic_text(const std::vector<plan::Traffic>& traffic) {
  std::string text = "\n" + bold("communication of a rank in a step") + "\n";
  for (const plan::Traffic& entry : traffic) {
    text += "  " + padded(entry.axis, 14) + padded(entry.op, 16) + padded(entry.what, 12) +
            right(plural(entry.calls, "call"), 14) + right(format_bytes(static_cast<double>(entry.payload)), 12) +
            " of tensors" + right(format_bytes(entry.sent()), 12) + " sent\n";
  }
  return traffic.empty() ? text + "  none\n" : text;
}

/// Step times range from under a millisecond to minutes.
std::string step_time_text(double seconds) {
  return seconds < 1 ? format("{} ms", format_fixed(1e3 * seconds, 3)) : format_seconds(seconds);
}

std::string flops_text(const plan::Plan& plan, int64_t seq_len, const TimeFloor& floor) {
  std::string text = "\n" + bold("model FLOPs a token") + "\n";
  for (const auto convention : arch::kFlopConventions) {
    text += "  " + padded(std::string(arch::name_of(convention)), 26) +
            right(format_count(arch::flops_per_token(plan.flops, seq_len, convention)), 10) + "\n";
  }
  if (floor.step_seconds) {
    return text + "\n" +
           line("time floor", format("{} a step by 6*N_matmul + 12*L*h*s at {} FLOP/s a device",
                                     step_time_text(*floor.step_seconds), format_count(*floor.peak_flops)));
  }
  return text + "\n" +
         line("time floor",
              floor.device.empty()
                  ? "unknown: name the device with --device"
                  : format("unknown: facts/gpu_peaks.tsv has no peak of \"{}\" in this dtype", floor.device));
}

Json degrees_json(const plan::Degrees& d) {
  return {{"pp", d.pp}, {"dp_replicate", d.dp_replicate}, {"dp_shard", d.dp_shard}, {"cp", d.cp}, {"tp", d.tp},
          {"ep", d.ep}};
}

Json groups_json(const plan::Plan& plan) {
  Json groups = Json::array();
  for (const plan::Axis& axis : plan::mesh_axes(plan.degrees)) {
    groups.push_back({{"axis", axis.name},
                      {"degree", axis.degree},
                      {"stride", axis.stride},
                      {"groups", count_groups(plan, axis)},
                      {"inside_a_node", inside_a_node(plan, axis)},
                      {"first_group", group_ranks(axis, 0)}});
  }
  return groups;
}

Json memory_json(const plan::Memory& memory) {
  Json kinds;
  for (const auto& [kind, bytes] : plan::by_kind(memory)) kinds[kind] = bytes;
  return {{"by_kind", kinds},
          {"persistent", memory.persistent()},
          {"peak", memory.total()},
          {"process_on_cpu", plan::kProcessBytes},
          {"moment", memory.moment}};
}

Json traffic_json(const std::vector<plan::Traffic>& traffic) {
  Json entries = Json::array();
  for (const plan::Traffic& entry : traffic) {
    entries.push_back({{"axis", entry.axis},
                       {"op", entry.op},
                       {"what", entry.what},
                       {"ranks", entry.ranks},
                       {"calls", entry.calls},
                       {"payload_bytes", entry.payload},
                       {"sent_bytes", entry.sent()}});
  }
  return entries;
}

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

TimeFloor time_floor(const plan::Plan& plan, int64_t seq_len, const std::string& device) {
  TimeFloor floor{.device = device, .peak_flops = std::nullopt, .step_seconds = std::nullopt};
  const auto gpu = device.empty() ? std::nullopt : catalog::find_gpu(device);
  if (gpu) floor.peak_flops = gpu->flops(plan.sharding.dtypes.compute);
  if (floor.peak_flops) floor.step_seconds = plan::step_seconds_floor(plan, seq_len, *floor.peak_flops);
  return floor;
}

std::string plan_text(const plan::Plan& plan, const recipe::Recipe& recipe, const TimeFloor& floor) {
  return mesh_text(plan) + model_text(plan, recipe) + batch_text(plan, recipe) + memory_text(plan.memory) +
         traffic_text(plan.traffic) + flops_text(plan, recipe.train.seq_len, floor);
}

Json plan_json(const plan::Plan& plan, const recipe::Recipe& recipe, const TimeFloor& floor) {
  Json flops;
  for (const auto convention : arch::kFlopConventions) {
    flops[std::string(arch::name_of(convention))] = arch::flops_per_token(plan.flops, recipe.train.seq_len, convention);
  }
  return {{"world", plan.world},
          {"local_size", plan.local_size},
          {"degrees", degrees_json(plan.degrees)},
          {"groups", groups_json(plan)},
          {"zero", plan.sharding.zero},
          {"parameters", plan.num_parameters},
          {"trained_parameters", plan.num_trained},
          {"matmul_parameters", plan.flops.matmul_parameters},
          {"units", plan.units.size()},
          {"padding", plan.padding()},
          {"batch",
           {{"global_batch_size", recipe.train.global_batch_size},
            {"micro_batch_size", recipe.train.micro_batch_size},
            {"batch_ranks", plan.batch.batch_ranks},
            {"accumulation_steps", plan.batch.accumulation_steps},
            {"tokens_per_step", plan.batch.tokens_per_step},
            {"tokens", plan.batch.tokens_per_step * recipe.train.steps}}},
          {"memory", memory_json(plan.memory)},
          {"communication", traffic_json(plan.traffic)},
          {"flops_per_token", flops},
          {"time_floor",
           {{"device", floor.device.empty() ? Json(nullptr) : Json(floor.device)},
            {"peak_flops", optional_json(floor.peak_flops)},
            {"step_seconds", optional_json(floor.step_seconds)}}}};
}

}  // namespace trireme::cli
