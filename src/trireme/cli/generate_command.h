#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/model_arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme generate`: text that a model writes after a prompt. run() is in trireme-train.
struct GenerateCommand {
  ModelArguments model;
  std::string prompt;
  std::string prompts;
  std::string chat;
  int64_t max_new_tokens = 64;
  bool greedy = false;
  double temperature = 1.0;
  int64_t top_k = 0;
  double top_p = 1.0;
  int64_t seed = 0;
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();
};

}  // namespace trireme::cli
