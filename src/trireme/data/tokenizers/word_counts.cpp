#include <algorithm>
#include <unordered_map>

#include "trireme/core/utf8.h"
#include "trireme/data/text_pipeline.h"
#include "trireme/data/tokenizers/bpe_trainer.h"

namespace trireme::data {

namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using CountTable = std::unordered_map<std::string, int64_t, TextHash, std::equal_to<>>;

struct Counter {
  WordSplitter splitter;
  CountTable counts;

  void count(std::string_view text) {
    splitter.split(text, [this](std::string_view word) {
      const auto found = counts.find(word);
      if (found != counts.end()) {
        ++found->second;
      } else {
        counts.emplace(word, 1);
      }
    });
  }
};

}  // namespace

WordCounts count_words(TextReader& reader, const PreTokenizer& pre_tokenizer, const std::string& jsonl_key,
                       int64_t workers, const std::function<void(const TextReader&)>& report) {
  const Regex regex = compile_split_pattern(pre_tokenizer);
  Pool<Counter> counters([&] { return std::make_unique<Counter>(Counter{WordSplitter(regex), {}}); });
  const auto count_batch = [&](TextBatch batch) {
    return counters.with_one([&](Counter& counter) {
      for (TextPiece& piece : batch) {
        const std::string& input = reader.inputs()[static_cast<size_t>(piece.source)];
        counter.count(replace_invalid_utf8(document_text(std::move(piece), input, jsonl_key)));
      }
      return true;
    });
  };
  process_text<bool>(reader, worker_threads(workers), count_batch, [&](bool) { report(reader); });

  CountTable sum;
  for (const auto& counter : counters.idle()) {
    for (const auto& [word, count] : counter->counts) sum[word] += count;
  }
  WordCounts words(sum.begin(), sum.end());
  std::sort(words.begin(), words.end());
  return words;
}

}  // namespace trireme::data
