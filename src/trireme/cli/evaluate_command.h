#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/model_arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme evaluate`: mean cross entropy of a model on a text. run() is in trireme-train.
struct EvaluateCommand {
  ModelArguments model;
  std::string text;
  int64_t seq_len = 0;
  int64_t rows = 0;  // 0: all whole rows
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();
};

}  // namespace trireme::cli
