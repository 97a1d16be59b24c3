#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "trireme/cli/command.h"
#include "trireme/cli/recipe_arguments.h"
#include "trireme/cli/shown_row.h"
#include "trireme/data/corpus_info.h"
#include "trireme/data/token_counts.h"
#include "trireme/data/token_file.h"
#include "trireme/plan/plan.h"
#include "trireme/plan/samples.h"

namespace trireme::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Characters of a row or document that the text form shows.
constexpr size_t kShownBytes = 160;

std::string one_line(const std::string& text, bool full) {
  const bool cut = !full && text.size() > kShownBytes;
  std::string line;
  for (const char c : cut ? text.substr(0, kShownBytes) : text) {
    if (c == '\n') {
      line += "\\n";
    } else {
      line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return cut ? line + " …" : line;
}

struct DataInspect {
  std::string what;
  std::vector<std::string> overrides;
  std::string tokenizer_name;
  int64_t step = 1;
  int64_t ranks = 1;
  int64_t document = 0;
  bool statistics = false;
  bool full = false;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional("SOURCE", &what, "a recipe (.toml), or the PREFIX of token files");
    arguments.option("--step", "K", &step, "of a recipe: the step whose batch is shown, from 1 as in metrics.jsonl");
    arguments.option("--ranks", "N", &ranks, "of a recipe: name the rank and microbatch of each row with N ranks");
    arguments.option("--set", "KEY=VALUE", &overrides, "of a recipe: override an option");
    arguments.option("--document", "D", &document, "of token files: the document that is shown, from 0");
    arguments.option("--tokenizer", "T", &tokenizer_name, "decodes; default: the recipe's, or that of data prepare");
    arguments.flag("--statistics", statistics, "of token files: how often tokens occur; reads the whole file");
    arguments.flag("--full", full, "show whole texts");
    arguments.json(json);
  }

  ExitCode run() {
    if (fs::path(what).extension() == ".toml") return inspect_recipe();
    return statistics ? count_file() : inspect_files();
  }

 private:
  std::unique_ptr<data::Tokenizer> tokenizer(const std::string& otherwise) const {
    const std::string& name = tokenizer_name.empty() ? otherwise : tokenizer_name;
    return name.empty() ? nullptr : data::load_tokenizer(name);
  }

  ExitCode inspect_recipe() const {
    if (step < 1) throw UsageError(format("--step counts from 1, got {}", step));
    const recipe::Recipe recipe = RecipeArguments{what, overrides}.load().recipe;
    const data::BatchLayout layout = layout_of(recipe);
    const auto text = tokenizer(recipe.data.tokenizer);
    const auto samples = plan::open_train_samples(recipe, text ? text->identity() : "");
    Json rows = Json::array();
    std::string rows_text;
    for (int64_t row = 0; row < layout.global_batch_size; ++row) {
      const int64_t index = layout.sample_index(step - 1, row);
      const ShownRow shown(*samples, index);
      const data::RowOwner owner = layout.owner(row);
      if (!json) {
        rows_text += format("row {} (data rank {}, microbatch {}): sample {}, {}\n  {}\n  {}\n", row, owner.data_rank,
                            owner.accumulation_step, index, samples->describe(index), shown.summary(),
                            one_line(shown.text(text.get()), full));
        continue;
      }
      Json entry = {{"row", row},
                    {"sample", index},
                    {"source", samples->describe(index)},
                    {"data_rank", owner.data_rank},
                    {"microbatch", owner.accumulation_step}};
      entry.update(shown.json());
      entry["text"] = decode_or_ids(text.get(), shown.sample.tokens);
      rows.push_back(std::move(entry));
    }
    if (json) {
      const Json batch = {{"step", step}, {"identity", samples->identity()}, {"rows", std::move(rows)}};
      std::cout << batch.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    } else {
      std::cout << format("step {}: {} rows\n", step, layout.global_batch_size) << rows_text;
    }
    return ExitCode::kOk;
  }

  data::BatchLayout layout_of(const recipe::Recipe& recipe) const {
    const plan::Outcome outcome = plan::make_plan(recipe, {.size = ranks});
    if (!outcome.plan) {
      std::cerr << outcome.problems.to_string();
      throw ConfigError(format("{} does not run on {} ranks", what, ranks));
    }
    return {recipe.train.global_batch_size, recipe.train.micro_batch_size, outcome.plan->batch.batch_ranks};
  }

  ExitCode count_file() const {
    const data::TokenFile file(what);
    const std::vector<int64_t> counts = data::count_tokens(file);
    const Json found = {{"prefix", what},
                        {"tokens", file.num_tokens()},
                        {"distinct_tokens", counts.size() - static_cast<size_t>(std::ranges::count(counts, 0))},
                        {"largest_token", static_cast<int64_t>(counts.size()) - 1},
                        {"unigram_entropy", data::unigram_entropy(counts)}};
    if (json) {
      std::cout << found.dump() << "\n";
      return ExitCode::kOk;
    }
    for (const auto& [key, value] : found.items()) std::cout << format("{}: {}\n", key, value.dump());
    return ExitCode::kOk;
  }

  ExitCode inspect_files() const {
    const data::TokenFile file(what);
    const auto info = data::read_corpus_info(what);
    if (document < 0 || document >= file.num_documents()) {
      throw UsageError(format("{} has documents 0 to {}, not {}", what, file.num_documents() - 1, document));
    }
    const auto text = tokenizer(info ? info->tokenizer : "");
    const int64_t begin = file.document_begin(document), end = file.document_begin(document + 1);
    std::vector<data::TokenId> ids(static_cast<size_t>(end - begin));
    file.copy(begin, ids);
    Json found = {
        {"prefix", what},
        {"documents", file.num_documents()},
        {"tokens", file.num_tokens()},
        {"dtype", name_of(file.dtype())},
        {"identity", file.identity()},
        {"tokenizer", info ? Json(info->tokenizer) : Json()},
        {"document",
         {{"number", document}, {"first_token", begin}, {"tokens", ids}, {"text", decode_or_ids(text.get(), ids)}}}};
    std::string counting;
    if (file.mask() != nullptr) {
      std::vector<uint8_t> counted(ids.size());
      file.mask()->copy(begin, counted);
      found["document"]["counted"] = counted;
      counting = format(", of which {} count as targets", std::ranges::count(counted, 1));
    }
    if (json) {
      std::cout << found.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
      return ExitCode::kOk;
    }
    std::cout << format("{}: {} documents, {} tokens of {}, identity {}\n", what, file.num_documents(),
                        file.num_tokens(), name_of(file.dtype()), file.identity());
    std::cout << format("document {}: {} tokens from {}{}\n  {}\n", document, ids.size(), begin, counting,
                        one_line(decode_or_ids(text.get(), ids), full));
    return ExitCode::kOk;
  }
};

const Registered<DataInspect> registered{{
    .name = "data inspect",
    .summary = "decode the exact batch of a step with its borders and masks, or a document of token files",
    .example = "trireme data inspect recipes/demo.toml --step 12 --ranks 2",
    .group = CommandGroup::kData,
}};

}  // namespace

}  // namespace trireme::cli
