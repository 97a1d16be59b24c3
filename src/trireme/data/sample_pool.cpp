#include "trireme/data/sample_pool.h"

#include <algorithm>
#include <cmath>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/data/corpus_info.h"

namespace trireme::data {

namespace {

struct TokenRange {
  int64_t begin = 0;
  int64_t end = 0;
};

/// The part of a file that belongs to training or validation. Both start on their own token: the last target
/// of the one is not the first input of the other.
TokenRange split(int64_t num_tokens, const DatasetOptions& options) {
  const int64_t samples = (num_tokens - 1) / options.seq_len;
  if (options.valid_fraction == 0) return {0, num_tokens};
  const auto valid = std::max<int64_t>(1, std::llround(static_cast<double>(samples) * options.valid_fraction));
  const int64_t border = std::max<int64_t>(0, samples - valid) * options.seq_len + 1;
  return options.valid_tail ? TokenRange{border, num_tokens} : TokenRange{0, border};
}

void check_tokenizer(const std::string& prefix, const DatasetOptions& options) {
  const auto info = read_corpus_info(prefix);
  if (!info) return;
  if (!options.tokenizer_hash.empty() && options.tokenizer_hash != info->tokenizer_hash) {
    throw ConfigError(
        format("{}: was prepared with the tokenizer {} (hash {}), not with the one of this run (hash {}); "
               "prepare it again, or set data.tokenizer",
               prefix, info->tokenizer, info->tokenizer_hash, options.tokenizer_hash));
  }
  if (info->vocab_size > options.vocab_size) {
    throw ConfigError(
        format("{}: was prepared with a tokenizer of {} ids ({}), more than the model's vocabulary of {}; "
               "prepare the data with the model's tokenizer, or raise model.vocab_size",
               prefix, info->vocab_size, info->tokenizer, options.vocab_size));
  }
}

void check_options(const DatasetOptions& options) {
  if (options.seq_len < 1) throw ConfigError(format("seq_len must be at least 1, got {}", options.seq_len));
  if (!(options.valid_fraction >= 0 && options.valid_fraction < 1)) {
    throw ConfigError(format("valid_fraction must be in [0, 1), got {}", options.valid_fraction));
  }
  if (options.valid_tail && options.valid_fraction == 0) {
    throw ConfigError("there is no validation part: valid_fraction is 0");
  }
}

}  // namespace

SamplePool::SamplePool(const std::vector<std::string>& prefixes, const DatasetOptions& options)
    : seq_len_(options.seq_len), vocab_size_(options.vocab_size), packing_(options.packing) {
  check_options(options);
  for (const std::string& prefix : prefixes) {
    auto file = std::make_unique<TokenFile>(prefix);
    if (options.verify) file->verify();
    check_tokenizer(prefix, options);
    const TokenRange range = split(file->num_tokens(), options);
    const int64_t samples = std::max<int64_t>(0, range.end - range.begin - 1) / seq_len_;
    if (samples < 1) {
      throw ConfigError(
          format("{}: its {} part has {} of the file's {} tokens, but one sample takes seq_len + 1 = {}; "
                 "use more data or a smaller seq_len",
                 prefix, options.valid_tail ? "validation" : "training", range.end - range.begin, file->num_tokens(),
                 seq_len_ + 1));
    }
    parts_.push_back({std::move(file), range.begin, size_, samples});
    size_ += samples;
  }
}

const SamplePool::Part& SamplePool::part_of(int64_t position) const {
  TRIREME_CHECK(position >= 0 && position < size_, "sample {} of {}", position, size_);
  const auto after = std::upper_bound(parts_.begin(), parts_.end(), position,
                                      [](int64_t at, const Part& part) { return at < part.first_sample; });
  return *std::prev(after);
}

int64_t SamplePool::first_token(const Part& part, int64_t position) const {
  return part.first_token + (position - part.first_sample) * seq_len_;
}

Sample SamplePool::sample(int64_t position) const {
  const Part& part = part_of(position);
  const int64_t first = first_token(part, position);
  Sample sample;
  sample.tokens.resize(static_cast<size_t>(seq_len_ + 1));
  part.file->copy(first, sample.tokens);
  check_ids(part, first, sample.tokens);
  if (packing_ == Packing::kDocuments) sample.document_starts = document_starts(*part.file, first);
  return sample;
}

void SamplePool::check_ids(const Part& part, int64_t first, const std::vector<TokenId>& tokens) const {
  const auto bad = std::find_if(tokens.begin(), tokens.end(), [&](TokenId id) { return id < 0 || id >= vocab_size_; });
  if (bad == tokens.end()) return;
  const int64_t place = first + (bad - tokens.begin());
  const int64_t document = part.file->document_of(place);
  throw ConfigError(
      format("{}: token id {} at position {} (document {}, its token {}) is outside the model's "
             "vocabulary of {}; prepare the data with the model's tokenizer, or raise model.vocab_size",
             part.file->prefix(), *bad, place, document, place - part.file->document_begin(document), vocab_size_));
}

std::vector<int64_t> SamplePool::document_starts(const TokenFile& file, int64_t first) const {
  std::vector<int64_t> starts = {0};
  int64_t begin = file.document_begin(file.document_of(first) + 1);
  while (begin <= first + seq_len_ && begin < file.num_tokens()) {
    starts.push_back(begin - first);
    begin = file.document_begin(file.document_of(begin) + 1);
  }
  return starts;
}

std::string SamplePool::describe(int64_t position) const {
  const Part& part = part_of(position);
  const int64_t first = first_token(part, position);
  return format("{} tokens {}..{}", part.file->prefix(), first, first + seq_len_);
}

std::string SamplePool::identity() const {
  std::string text;
  for (const Part& part : parts_) text += part.file->identity() + " ";
  return text;
}

}  // namespace trireme::data
