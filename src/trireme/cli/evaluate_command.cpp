#include "trireme/cli/evaluate_command.h"

#include "trireme/cli/command.h"

namespace trireme::cli {

void EvaluateCommand::declare(Arguments& arguments) {
  model.declare(arguments);
  arguments.option("--text", "FILE", &text, "text whose tokens are predicted: loss, perplexity and bits a byte");
  arguments.option("--seq-len", "S", &seq_len,
                   "of a text: tokens a row: rows of S + 1 tokens back to back, without bos");
  arguments.option("--rows", "N", &rows, "of a text: only the first N rows; 0: all whole rows");
  arguments.option("--choices", "FILE", &choices,
                   "multiple-choice questions, one JSON object a line: context (or question), choices, answer (index "
                   "from 0); the likeliest choice is the model's");
  arguments.flag("--bos", bos, "of questions: begin each with the tokenizer's bos token");
  arguments.json(json);
}

namespace {

const Registered<EvaluateCommand> registered{{
    .name = "evaluate",
    .summary = "measure a model on a text (cross entropy) and on multiple-choice questions (accuracy)",
    .example = "trireme evaluate --model smollm2 --text book.txt --seq-len 512 --rows 16",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
