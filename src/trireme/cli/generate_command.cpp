#include "trireme/cli/generate_command.h"

#include "trireme/cli/command.h"

namespace trireme::cli {

void GenerateCommand::declare(Arguments& arguments) {
  model.declare(arguments);
  arguments.option("--prompt", "P", &prompt, "text to continue; special tokens may be written in it");
  arguments.option("--prompts", "FILE", &prompts,
                   ".jsonl file instead, one {\"prompt\": P} a line; the model is loaded once for all");
  arguments.option(
      "--chat", "TEMPLATE", &chat,
      "a prompt is what a user says, written as llama3, qwen2.5, qwen3 or smollm2; the answer is the result");
  arguments.option("--max-new-tokens", "N", &max_new_tokens, "stop after so many, or after the end token");
  arguments.flag("--greedy", greedy, "always the likeliest token");
  arguments.option("--temperature", "T", &temperature, "divides the logits; below 1 sharpens");
  arguments.option("--top-k", "K", &top_k, "draw among the K likeliest tokens; 0: all");
  arguments.option("--top-p", "P", &top_p, "draw among the fewest likeliest tokens whose probabilities reach P");
  arguments.option("--seed", "N", &seed, "of the draws");
  arguments.json(json);
}

namespace {

const Registered<GenerateCommand> registered{{
    .name = "generate",
    .summary = "let a model continue a text",
    .example = "trireme generate --model smollm2 --prompt \"The capital of France is\" --greedy --max-new-tokens 8",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
