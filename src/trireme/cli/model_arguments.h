#pragma once

#include "trireme/cli/arguments.h"

namespace trireme::cli {

/// What every command that runs one trained model in one process asks for.
struct ModelArguments {
  std::string path;
  std::string tokenizer;  // empty: the one in `path`
  std::string dtype = "fp32";
  std::string device = "auto";
  int64_t threads = 0;  // 0: as many as the host has cores

  void declare(Arguments& arguments);
};

}  // namespace trireme::cli
