#include "trireme/model/generate.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/generate_command.h"
#include "trireme/cli/train/load_model.h"
#include "trireme/cli/train/prompts.h"

namespace trireme::cli {

ExitCode GenerateCommand::run() {
  if (prompt.empty() == prompts.empty()) throw UsageError("generate takes either --prompt P or --prompts FILE");
  if (max_new_tokens < 1) throw UsageError(format("--max-new-tokens must be at least 1, got {}", max_new_tokens));
  model::GenerateOptions options{.max_new_tokens = max_new_tokens,
                                 .sampling = {.greedy = greedy,
                                              .temperature = temperature,
                                              .top_k = top_k,
                                              .top_p = top_p,
                                              .seed = static_cast<uint64_t>(seed)},
                                 .end_token = {}};
  check(options.sampling);
  const std::vector<std::string> texts = prompts.empty() ? std::vector{prompt} : read_prompts(prompts);
  const LoadedModel loaded = load_model(model);
  const PromptText text(*loaded.tokenizer, chat);
  options.end_token = text.end_token();

  std::vector<std::vector<int64_t>> encoded;
  size_t longest = 0;
  for (const std::string& one : texts) {
    encoded.push_back(text.ids(one));
    longest = std::max(longest, encoded.back().size());
  }
  const auto whole = loaded.build(static_cast<int64_t>(longest) + max_new_tokens);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<int64_t> ids = model::generate(*whole, encoded[i], options);
    if (json) {
      const nlohmann::ordered_json result{{"ids", ids}, {"text", text.text(ids)}};
      // A text cut in the middle of a character is not UTF-8.
      std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      std::cout << (chat.empty() ? texts[i] : "") << text.text(ids) << "\n";
    }
  }
  return ExitCode::kOk;
}

}  // namespace trireme::cli
