#include "trireme/data/tokenizers/bpe_trainer.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/byte_level.h"

namespace trireme::data {

namespace {

constexpr const char* kEndOfText = "<|endoftext|>";
constexpr int64_t kFirstTokens = 257;

struct Pair {
  TokenId left = 0;
  TokenId right = 0;
  bool operator==(const Pair&) const = default;
  auto operator<=>(const Pair&) const = default;
};

struct PairHash {
  size_t operator()(const Pair& pair) const {
    const uint64_t both = static_cast<uint64_t>(pair.left) << 32 | static_cast<uint32_t>(pair.right);
    return (both * 0x9E3779B97F4A7C15u) >> 16;
  }
};

struct PairUse {
  int64_t count = 0;
  std::vector<uint32_t> words;  // that hold it or did; some may be there twice
};

struct Word {
  std::vector<TokenId> tokens;
  int64_t count = 0;
};

/// The pair that was most frequent when it was put into the queue.
struct Candidate {
  int64_t count = 0;
  Pair pair;
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

class Trainer {
 public:
  Trainer(const WordCounts& words, int64_t vocab_size) : vocab_size_(vocab_size) {
    start_vocabulary();
    for (const auto& [text, count] : words) add_word(text, count);
    for (const auto& [pair, use] : pairs_) queue_.push({use.count, pair});
  }

  BpeVocabulary run(const std::function<void(int64_t)>& report) {
    while (static_cast<int64_t>(vocabulary_.tokens.size()) < vocab_size_ && !queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      const int64_t count = pairs_.at(best.pair).count;
      if (count != best.count) {
        if (count > 0) queue_.push({count, best.pair});
        continue;
      }
      merge(best.pair);
      report(static_cast<int64_t>(vocabulary_.tokens.size()));
    }
    return std::move(vocabulary_);
  }

 private:
  void start_vocabulary() {
    vocabulary_.tokens.emplace_back(kEndOfText);
    vocabulary_.added = {{0, kEndOfText, true}};
    vocabulary_.eos = 0;
    std::vector<unsigned char> bytes(256);
    for (size_t byte = 0; byte < bytes.size(); ++byte) bytes[byte] = static_cast<unsigned char>(byte);
    std::sort(bytes.begin(), bytes.end(),
              [](unsigned char a, unsigned char b) { return byte_level_character(a) < byte_level_character(b); });
    for (const unsigned char byte : bytes) {
      ids_.emplace(std::string(1, static_cast<char>(byte)), static_cast<TokenId>(vocabulary_.tokens.size()));
      vocabulary_.tokens.emplace_back(1, static_cast<char>(byte));
    }
  }

  void add_word(const std::string& text, int64_t count) {
    Word word{{}, count};
    for (const char c : text) word.tokens.push_back(ids_.at(std::string(1, c)));
    const auto index = static_cast<uint32_t>(words_.size());
    for (size_t i = 0; i + 1 < word.tokens.size(); ++i) change({word.tokens[i], word.tokens[i + 1]}, count, index);
    words_.push_back(std::move(word));
  }

  void change(const Pair& pair, int64_t by, uint32_t word) {
    PairUse& use = pairs_[pair];
    use.count += by;
    if (by > 0 && (use.words.empty() || use.words.back() != word)) use.words.push_back(word);
  }

  /// Two different merges may spell the same token: it keeps its id.
  TokenId token_of(const Pair& pair) {
    std::string text =
        vocabulary_.tokens[static_cast<size_t>(pair.left)] + vocabulary_.tokens[static_cast<size_t>(pair.right)];
    const auto [found, is_new] = ids_.emplace(text, static_cast<TokenId>(vocabulary_.tokens.size()));
    if (is_new) vocabulary_.tokens.push_back(std::move(text));
    return found->second;
  }

  void merge(const Pair& pair) {
    const TokenId joined = token_of(pair);
    vocabulary_.merges.push_back({pair.left, pair.right, joined});
    const std::vector<uint32_t> words = std::move(pairs_.at(pair).words);
    touched_.clear();
    for (const uint32_t word : words) merge_in_word(word, pair, joined);
    pairs_.erase(pair);
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (const Pair& changed : touched_) {
      if (changed != pair) queue_.push({pairs_.at(changed).count, changed});
    }
  }

  /// Joins the pair from left to right, and counts neighbours over.
  void merge_in_word(uint32_t index, const Pair& pair, TokenId joined) {
    Word& word = words_[index];
    std::vector<TokenId>& tokens = word.tokens;
    size_t out = 0;
    for (size_t in = 0; in < tokens.size(); ++in) {
      if (in + 1 == tokens.size() || tokens[in] != pair.left || tokens[in + 1] != pair.right) {
        tokens[out++] = tokens[in];
        continue;
      }
      ++in;
      if (out > 0) replace({tokens[out - 1], pair.left}, {tokens[out - 1], joined}, word.count, index);
      if (in + 1 < tokens.size()) replace({pair.right, tokens[in + 1]}, {joined, tokens[in + 1]}, word.count, index);
      tokens[out++] = joined;
    }
    tokens.resize(out);
  }

  void replace(const Pair& old, const Pair& now, int64_t count, uint32_t word) {
    change(old, -count, word);
    change(now, count, word);
    touched_.push_back(now);
  }

  int64_t vocab_size_;
  BpeVocabulary vocabulary_;
  std::unordered_map<std::string, TokenId> ids_;
  std::vector<Word> words_;
  std::unordered_map<Pair, PairUse, PairHash> pairs_;
  std::priority_queue<Candidate> queue_;
  std::vector<Pair> touched_;
};

}  // namespace

BpeVocabulary train_bpe(const WordCounts& words, int64_t vocab_size, const PreTokenizer& pre_tokenizer,
                        const std::function<void(int64_t)>& report) {
  if (vocab_size < kFirstTokens) {
    throw ConfigError(
        format("a vocabulary of {} is too small: {} and the 256 bytes take {}", vocab_size, kEndOfText, kFirstTokens));
  }
  BpeVocabulary vocabulary = Trainer(words, vocab_size).run(report);
  vocabulary.pre_tokenizer = pre_tokenizer;
  return vocabulary;
}

}  // namespace trireme::data
