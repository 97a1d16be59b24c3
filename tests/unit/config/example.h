#pragma once

#include "trireme/config/option_set.h"
#include "trireme/config/toml.h"

namespace trireme::config {

/// A small set of options with one of every kind.
struct Example {
  int64_t version = 1;
  int64_t steps = 100;
  uint64_t seed = 7;
  double rate = 0.5;
  bool fast = false;
  std::string mode = "plain";
  std::string title = "run";
  std::vector<std::string> paths;
  std::string rope_type = "default";
  double factor = 2.0;

  OptionSet describe() {
    OptionSet options;
    options.add("version", &version, "version of the format");
    options.section("train", "How long.");
    options.add("steps", &steps, "number of updates").at_least(1).unit("steps");
    options.add("seed", &seed, "of everything random");
    options.add("rate", &rate, "part that is kept").at_least(0).below(1);
    options.add("fast", &fast, "skip what is slow");
    options.section("model", "What.");
    options.add("mode", &mode, "how").choices({"plain", "fancy"});
    options.add("title", &title, "name of the run");
    options.add("paths", &paths, "files");
    options.add("rope.type", &rope_type, "kind of scaling").choices({"default", "linear"});
    options.add("rope.factor", &factor, "scaling").above(0).only_when("rope.type = \"linear\"", [this] {
      return rope_type == "linear";
    });
    options.add_fixed("dropout", 0.0, "dropout is not built");
    options.add_fixed("act", std::string("silu"), "only silu is built");
    options.add_fixed("bias", false, "biases are not built");
    return options;
  }

  /// Everything that is wrong with `text`, one finding a line.
  std::string read(const std::string& text, const std::vector<std::string>& overrides = {}) {
    const OptionSet options = describe();
    Diagnostics diagnostics;
    Origins origins;
    options.apply(parse_toml(text, "a.toml", diagnostics), origins, diagnostics);
    for (const std::string& assignment : overrides) {
      options.apply(parse_override(assignment, diagnostics), origins, diagnostics);
    }
    options.check_conditions(origins, diagnostics);
    return diagnostics.to_string();
  }
};

}  // namespace trireme::config
