#include "trireme/model/generate.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "trireme/cli/generate_command.h"
#include "trireme/cli/train/load_model.h"

namespace trireme::cli {

ExitCode GenerateCommand::run() {
  if (max_new_tokens < 1) throw UsageError(format("--max-new-tokens must be at least 1, got {}", max_new_tokens));
  model::GenerateOptions options{.max_new_tokens = max_new_tokens,
                                 .sampling = {.greedy = greedy,
                                              .temperature = temperature,
                                              .top_k = top_k,
                                              .top_p = top_p,
                                              .seed = static_cast<uint64_t>(seed)},
                                 .end_token = {}};
  check(options.sampling);
  const LoadedModel loaded = load_model(model);
  if (const auto eos = loaded.tokenizer->eos()) options.end_token = *eos;

  const std::vector<data::TokenId> encoded = loaded.tokenizer->encode(prompt, /*allow_special=*/true);
  const std::vector<int64_t> prompt_ids(encoded.begin(), encoded.end());
  const auto whole = loaded.build(static_cast<int64_t>(prompt_ids.size()) + max_new_tokens);
  const std::vector<int64_t> ids = model::generate(*whole, prompt_ids, options);
  const std::string text = loaded.tokenizer->decode(std::vector<data::TokenId>(ids.begin(), ids.end()));
  if (json) {
    const nlohmann::ordered_json result{{"ids", ids}, {"text", text}};
    // A text cut in the middle of a character is not UTF-8.
    std::cout << result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::cout << prompt << text << "\n";
  }
  return ExitCode::kOk;
}

}  // namespace trireme::cli
