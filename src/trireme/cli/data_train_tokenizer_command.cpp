#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/core/clock.h"
#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_trainer.h"
#include "trireme/data/tokenizers/tokenizer_json.h"
#include "trireme/telemetry/progress.h"

namespace trireme::cli {

namespace {

struct DataTrainTokenizer {
  std::vector<std::string> inputs;
  std::string to;
  std::string pre_tokenizer = "gpt2";
  std::string jsonl_key = "text";
  int64_t vocab_size = 0;
  int64_t workers = 0;

  void declare(Arguments& arguments) {
    arguments.positional("INPUT", &inputs, "text files, as for data prepare");
    arguments.option("--vocab-size", "N", &vocab_size, "tokens, with <|endoftext|> and the 256 bytes").required = true;
    arguments.option("--to", "FILE", &to, "the tokenizer.json to write").required = true;
    arguments.option("--pre-tokenizer", "NAME", &pre_tokenizer, "rule that cuts text into words").choices = {
        "gpt2", "smollm", "llama3", "qwen2"};
    arguments.option("--jsonl-key", "KEY", &jsonl_key,
                     "key of the text in a .jsonl line or a .json member; column of MDS and Parquet");
    arguments.option("--workers", "N", &workers,
                     "threads that count words; 0: one a core; the result is the same for any number");
  }

  ExitCode run() const {
    const Stopwatch watch;
    const data::BpeVocabulary vocabulary = train();
    const fs::path path = to;
    if (path.has_parent_path()) make_folders(path.parent_path());
    write_file_atomic(path, data::tokenizer_json(vocabulary));
    if (static_cast<int64_t>(vocabulary.tokens.size()) < vocab_size) {
      std::cerr << format("warning: the text has words for {} tokens only\n", vocabulary.tokens.size());
    }
    std::cout << format("{}: {} tokens, {} merges, in {}\n", to, vocabulary.tokens.size(), vocabulary.merges.size(),
                        format_seconds(watch.seconds()));
    return ExitCode::kOk;
  }

 private:
  data::BpeVocabulary train() const {
    const data::PreTokenizer& rule = data::pre_tokenizer_by_name(pre_tokenizer);
    data::TextReader reader(inputs, {.split_on = {}, .may_cut = rule.may_cut_before_space, .key = jsonl_key});
    data::WordCounts words;
    {
      telemetry::Progress progress({.label = "count words", .total = static_cast<double>(reader.total_bytes())});
      words = data::count_words(reader, rule, jsonl_key, workers, [&](const data::TextReader& now) {
        progress.update(static_cast<double>(now.bytes_read()), "");
      });
    }
    telemetry::Progress progress({.label = "merge", .total = static_cast<double>(vocab_size)});
    return data::train_bpe(words, vocab_size, rule, [&](int64_t tokens) {
      progress.update(static_cast<double>(tokens), format("{} tokens", tokens));
    });
  }
};

const Registered<DataTrainTokenizer> registered{{
    .name = "data train-tokenizer",
    .summary = "learn a byte-level BPE vocabulary from text",
    .example = "trireme data train-tokenizer /usr/share/dictd/gcide.dict.dz --vocab-size 4096 --to "
               "data/tokenizer.json",
    .group = CommandGroup::kData,
}};

}  // namespace

}  // namespace trireme::cli
