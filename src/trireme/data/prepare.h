#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trireme/data/corpus_info.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

struct PrepareOptions {
  std::vector<std::string> inputs = {};  // read in this order; see open_documents
  std::string tokenizer = {};            // see load_tokenizer
  std::string prefix = {};               // of the files written: .bin, .idx, .json and, of chats, .mask.bin
  std::string jsonl_key = "text";
  std::string split_on = {};
  std::string chat = {};  // each document is a chat (parse_chat), written by this template; empty: documents are texts
  bool prepend_bos = false;  // each document begins with the tokenizer's bos
  bool append_eod = false;
  std::string eod_token = {};  // special token that ends a document; empty: the tokenizer's eos
  int64_t vocab_size = 0;      // of the model that will read it; 0: the tokenizer's
  int64_t workers = 0;         // threads that encode; 0: one a core
  bool overwrite = false;
};

struct PrepareProgress {
  int64_t bytes_read = 0;  // as they lie on disk
  int64_t total_bytes = 0;
  int64_t tokens = 0;
};

/// Encodes text files into a Megatron pair and PREFIX.json; of chats, the target mask tells what the assistant says.
/// The result does not depend on the number of workers. Nothing is left when it throws: UsageError for options that
/// contradict each other, FormatError for damaged input naming file and line, ConfigError for a tokenizer that does not
/// fit, IoError from the file system.
CorpusInfo prepare(const PrepareOptions& options, const std::function<void(const PrepareProgress&)>& report);

}  // namespace trireme::data
