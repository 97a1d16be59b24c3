#include <algorithm>
#include <csignal>
#include <iostream>

#include "trireme/cli/command.h"
#include "trireme/cli/escapes.h"
#include "trireme/core/clock.h"
#include "trireme/data/prepare.h"
#include "trireme/telemetry/progress.h"

namespace trireme::cli {

namespace {

/// Set by a signal: the files under way are removed before the command ends.
volatile std::sig_atomic_t interrupted = 0;

struct DataPrepare {
  data::PrepareOptions options;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional(
        "INPUT", &options.inputs,
        "text files (.txt, .jsonl or any other), .tar (WebDataset), .parquet, folders of MDS shards; with .gz, "
        ".dz, .zst or .xz behind, decompressed");
    arguments
        .option("--tokenizer", "T", &options.tokenizer,
                "tokenizer.json or its folder, .gguf, .model, .tiktoken, or bytes")
        .required = true;
    arguments
        .option("--to", "PREFIX", &options.prefix,
                "writes PREFIX.bin, PREFIX.idx and PREFIX.json; of chats PREFIX.mask.bin too")
        .required = true;
    arguments.option("--jsonl-key", "KEY", &options.jsonl_key,
                     "key of the text in a .jsonl line or a .json member; column of MDS and Parquet");
    arguments.option("--split-on", "TEXT", &options.split_on,
                     "cut text files into documents at this text, such as \"\\n\\n\"; default: one file, one document");
    arguments.option("--chat", "TEMPLATE", &options.chat,
                     "each JSON object is a chat, to be written as llama3, qwen2.5, qwen3 or smollm2; only what the "
                     "assistant says counts as targets");
    arguments.flag("--prepend-bos", options.prepend_bos, "begin each document with the tokenizer's begin of sequence");
    arguments.flag("--append-eod", options.append_eod, "end each document with a token");
    arguments.option("--eod-token", "TOKEN", &options.eod_token,
                     "special token that --append-eod uses; default: the tokenizer's end of sequence");
    arguments.option("--vocab-size", "N", &options.vocab_size,
                     "vocabulary of the model that will read it; default: the tokenizer's");
    arguments.option("--workers", "N", &options.workers,
                     "threads that encode; 0: one a core; the result is the same for any number");
    arguments.flag("--overwrite", options.overwrite, "replace what is there");
    arguments.json(json);
  }

  ExitCode run() {
    options.split_on = unescape(options.split_on);
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
    const Stopwatch watch;
    const data::CorpusInfo info = prepare(watch);
    if (json) {
      std::cout << data::to_json_text(info);
    } else {
      print(info, watch.seconds());
    }
    return ExitCode::kOk;
  }

 private:
  data::CorpusInfo prepare(const Stopwatch& watch) const {
    telemetry::Progress progress({.label = "prepare", .total = 1});
    return data::prepare(options, [&](const data::PrepareProgress& now) {
      if (interrupted) throw Error(ExitCode::kFailed, "stopped by a signal; nothing was written");
      const double tokens = static_cast<double>(now.tokens);
      const double part =
          static_cast<double>(now.bytes_read) / static_cast<double>(std::max<int64_t>(1, now.total_bytes));
      progress.update(part,
                      format("{} tokens, {} tokens/s", format_count(tokens), format_count(tokens / watch.seconds())));
    });
  }

  void print(const data::CorpusInfo& info, double seconds) const {
    const double bytes = static_cast<double>(info.bytes);
    std::cout << format("{}: {} documents, {} tokens from {} of text ({} bytes a token)\n", options.prefix,
                        info.documents, info.tokens, format_bytes(bytes),
                        format_fixed(bytes / static_cast<double>(info.tokens), 3));
    if (!info.chat_template.empty()) {
      std::cout << format("{} of the tokens are what the assistant says and count as targets\n", info.counted_tokens);
    }
    if (info.duplicate_documents > 0 || info.empty_documents > 0) {
      std::cout << format("{} documents are like one before them and were kept; {} were empty and left out\n",
                          info.duplicate_documents, info.empty_documents);
    }
    std::cout << format("encoded in {}, {} MB/s, {} MB/s a core\n", format_seconds(seconds),
                        format_fixed(bytes / 1e6 / seconds, 1), format_fixed(bytes / 1e6 / process_cpu_seconds(), 1));
  }
};

const Registered<DataPrepare> registered{{
    .name = "data prepare",
    .summary = "encode text files into token files",
    .example = "trireme data prepare /usr/share/dictd/gcide.dict.dz --tokenizer bytes --to data/gcide",
    .group = CommandGroup::kData,
}};

}  // namespace

}  // namespace trireme::cli
