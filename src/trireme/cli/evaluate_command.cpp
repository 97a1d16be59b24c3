#include "trireme/cli/evaluate_command.h"

#include "trireme/cli/command.h"

namespace trireme::cli {

void EvaluateCommand::declare(Arguments& arguments) {
  model.declare(arguments);
  arguments.option("--text", "FILE", &text, "text whose tokens are predicted").required = true;
  arguments.option("--seq-len", "S", &seq_len, "tokens a row: rows of S + 1 tokens back to back, without bos")
      .required = true;
  arguments.option("--rows", "N", &rows, "only the first N rows; 0: all whole rows of the text");
  arguments.json(json);
}

namespace {

const Registered<EvaluateCommand> registered{{
    .name = "evaluate",
    .summary = "measure the cross entropy of a model on a text, in nats a token",
    .example = "trireme evaluate --model smollm2 --text book.txt --seq-len 512 --rows 16",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
