#pragma once

#include "trireme/cli/arguments.h"
#include "trireme/cli/model_arguments.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// `trireme evaluate`: how well a model predicts a text, and how many questions it answers. run() is in trireme-train.
struct EvaluateCommand {
  ModelArguments model;
  std::string text;
  std::string choices;
  int64_t seq_len = 0;
  int64_t rows = 0;  // 0: all whole rows
  bool bos = false;
  bool json = false;

  void declare(Arguments& arguments);
  ExitCode run();
};

}  // namespace trireme::cli
