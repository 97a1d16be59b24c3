#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "trireme/data/text_reader.h"
#include "trireme/data/tokenizers/bpe_vocabulary.h"

namespace trireme::data {

/// Words of a text, with how often each is there.
using WordCounts = std::vector<std::pair<std::string, int64_t>>;

/// Learns a byte-level BPE vocabulary: id 0 is <|endoftext|>, then the 256 bytes in the order of their
/// characters, then one token a merge. Each merge joins the pair that is there most often; of equal ones that
/// with the smaller ids. This is what Hugging Face's BpeTrainer learns with initial_alphabet =
/// ByteLevel.alphabet(). Stops early when no pair is left. `report(tokens so far)` is called often. Throws
/// ConfigError when vocab_size is below 257.
BpeVocabulary train_bpe(const WordCounts& words, int64_t vocab_size, const PreTokenizer& pre_tokenizer,
                        const std::function<void(int64_t)>& report);

/// Counts the words of all documents, on worker_threads(workers). The result is sorted by word.
WordCounts count_words(TextReader& reader, const PreTokenizer& pre_tokenizer, const std::string& jsonl_key,
                       int64_t workers, const std::function<void(const TextReader&)>& report);

}  // namespace trireme::data
