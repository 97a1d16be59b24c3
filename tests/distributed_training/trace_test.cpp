#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "distributed_training/tiny_training.h"
#include "support/temporary_folder.h"

namespace trireme::testing {
namespace {

struct TracedSpan {
  std::string name;
  double begin = 0.0, end = 0.0;
};

/// Spans of rank 0 in order, by category, of one step with a single microbatch a rank.
std::map<std::string, std::vector<TracedSpan>> trace_of(const Mode& mode) {
  const test::TemporaryFolder folder;
  TinyRun run;
  run.recipe.train.micro_batch_size = 6;
  train_on_ranks(2, mode, [&](const mesh::Mesh& mesh) {
    const Rank rank = mesh.world().rank();
    telemetry::Tracer tracer(folder / format("{}.json", rank), rank);
    const auto trainer = make_trainer(run, groups_of(mesh), mode, &tracer);
    CountedBatches batches(run, mesh.group(mesh::Axis::kBatch));
    trainer->step(batches);
    tracer.flush();
  });
  std::string text = read_file(folder / "0.json");
  if (text.find(']') == std::string::npos) text = text.substr(0, text.find_last_of('}') + 1) + "]";
  std::map<std::string, std::vector<TracedSpan>> spans;
  for (const auto& event : nlohmann::json::parse(text))
    if (event.value("ph", "") == "X")
      spans[event["cat"]].push_back(
          {event["name"], event["ts"], event["ts"].get<double>() + event["dur"].get<double>()});
  return spans;
}

std::vector<std::string> names_of(const std::vector<TracedSpan>& spans) {
  std::vector<std::string> names;
  for (const auto& span : spans) names.push_back(span.name);
  return names;
}

TracedSpan last_before(const std::vector<TracedSpan>& spans, const std::string& name, double time) {
  const TracedSpan* found = nullptr;
  for (const auto& span : spans)
    if (span.name == name && span.begin < time) found = &span;
  EXPECT_NE(found, nullptr) << name << " was not issued";
  const TracedSpan never{.name = "", .begin = 1e300, .end = 1e300};
  return found != nullptr ? *found : never;
}

TEST(Trace, EachGatherIsIssuedBeforeThePreviousLayerComputes) {
  const auto spans = trace_of(kZero3);
  const auto& compute = spans.at("compute");
  const std::vector<std::string> forward = {"model.embed_tokens forward", "model.layers.0 forward",
                                            "model.layers.1 forward", "model.layers.2 forward"};
  ASSERT_GE(compute.size(), 10u);  // five layers, forward and backward
  for (size_t i = 0; i < forward.size(); ++i) EXPECT_EQ(compute[i].name, forward[i]);

  const auto layer_of = [](const TracedSpan& span) { return span.name.substr(0, span.name.rfind(' ')); };
  for (size_t i = 1; i < compute.size(); ++i) {
    // The head's backward follows its own forward, so nothing is gathered for it.
    if (layer_of(compute[i]) == layer_of(compute[i - 1])) continue;
    const TracedSpan gather = last_before(spans.at("gather"), layer_of(compute[i]) + " issue", compute[i].begin);
    EXPECT_LE(gather.end, compute[i - 1].begin) << compute[i].name;
  }
}

TEST(Trace, ReductionsOverlapWithTheNextLayersBackward) {
  const auto spans = trace_of(kZero3);
  const auto& reduce = spans.at("reduce");
  const auto& compute = spans.at("compute");
  const double issued = last_before(reduce, "model.layers.2 issue", 1e300).end;
  const double waited = last_before(reduce, "model.layers.2 wait", 1e300).begin;
  const TracedSpan next = last_before(compute, "model.layers.1 backward", 1e300);
  EXPECT_LE(issued, next.begin);
  EXPECT_GE(waited, next.end);
}

TEST(Trace, ATiedWeightIsReducedOnceAfterItsLastUse) {
  const auto names = names_of(trace_of(kZero3).at("reduce"));
  EXPECT_EQ(std::count(names.begin(), names.end(), "model.embed_tokens.weight issue"), 1);
}

}  // namespace
}  // namespace trireme::testing
