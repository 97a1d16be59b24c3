#pragma once

#include <string>
#include <vector>

#include "trireme/cli/arguments.h"
#include "trireme/core/error.h"
#include "trireme/recipe/recipe.h"

namespace trireme::cli {

/// `trireme bench collectives`. In `trireme` run() starts the ranks; in `trireme-train` it is one of them.
struct BenchCollectivesCommand {
  int64_t ranks = 2;
  std::string operations = "all";
  std::string dtype = "fp32";
  std::string min = "4KiB", max = "256MiB";
  int64_t rounds = 7;
  std::string buffers = "both";
  std::string backend = "auto", device = "auto";
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();

  /// Throws UsageError for a value that no run could use.
  void check() const;
  /// --operations taken apart. Throws UsageError.
  std::vector<std::string> operation_names() const;
  /// Defaults but for the system: it describes no model.
  recipe::Recipe recipe() const;
};

}  // namespace trireme::cli
