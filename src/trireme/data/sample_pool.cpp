#include "trireme/data/sample_pool.h"

#include <algorithm>

#include "trireme/core/check.h"
#include "trireme/core/error.h"
#include "trireme/data/corpus_info.h"

namespace trireme::data {

namespace {

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

void check_all_targets(const TokenFile& file, Packing packing) {
  if (file.mask() != nullptr) {
    throw ConfigError(
        format("{}: holds chats, of which only the answers are learnt, but a masked language model may be "
               "asked for any token; prepare the text without --chat",
               file.prefix()));
  }
  if (packing == Packing::kWhole) {
    throw ConfigError(
        "data.packing: \"whole\" fills rows up with tokens that don't count, but a masked language model "
        "may be asked for any token; take \"documents\"");
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
    if (options.needs_all_targets) check_all_targets(*file, options.packing);
    FileRows rows(*file, options);
    if (rows.size() < 1) {
      throw ConfigError(format(
          "{}: its {} part has {} of the file's {} tokens, but one sample takes seq_len + 1 = {}; "
          "use more data or a smaller seq_len",
          prefix, options.valid_tail ? "validation" : "training", rows.num_tokens(), file->num_tokens(), seq_len_ + 1));
    }
    const int64_t samples = rows.size();
    parts_.push_back({std::move(file), std::move(rows), size_});
    size_ += samples;
  }
}

const SamplePool::Part& SamplePool::part_of(int64_t position) const {
  TRIREME_CHECK(position >= 0 && position < size_, "sample {} of {}", position, size_);
  const auto after = std::upper_bound(parts_.begin(), parts_.end(), position,
                                      [](int64_t at, const Part& part) { return at < part.first_sample; });
  return *std::prev(after);
}

Sample SamplePool::sample(int64_t position) const {
  const Part& part = part_of(position);
  const TokenRow row = row_of(part, position);
  const auto length = static_cast<size_t>(row.end - row.begin), whole = static_cast<size_t>(seq_len_ + 1);
  Sample sample;
  sample.tokens.resize(whole);
  part.file->copy(row.begin, std::span(sample.tokens).first(length));
  check_ids(part, row.begin, std::span(sample.tokens).first(length));
  if (packing_ != Packing::kStream) sample.document_starts = document_starts(*part.file, row);
  const TargetMask* mask = part.file->mask();
  if (mask == nullptr && length == whole) return sample;
  sample.counted.assign(length, 1);
  if (mask != nullptr) mask->copy(row.begin, sample.counted);
  sample.counted.resize(whole, 0);
  return sample;
}

void SamplePool::check_ids(const Part& part, int64_t first, std::span<const TokenId> tokens) const {
  const auto bad = std::find_if(tokens.begin(), tokens.end(), [&](TokenId id) { return id < 0 || id >= vocab_size_; });
  if (bad == tokens.end()) return;
  const int64_t place = first + (bad - tokens.begin());
  const int64_t document = part.file->document_of(place);
  throw ConfigError(
      format("{}: token id {} at position {} (document {}, its token {}) is outside the model's "
             "vocabulary of {}; prepare the data with the model's tokenizer, or raise model.vocab_size",
             part.file->prefix(), *bad, place, document, place - part.file->document_begin(document), vocab_size_));
}

std::vector<int64_t> SamplePool::document_starts(const TokenFile& file, TokenRow row) const {
  std::vector<int64_t> starts = {0};
  int64_t begin = file.document_begin(file.document_of(row.begin) + 1);
  for (; begin < row.end; begin = file.document_begin(file.document_of(begin) + 1)) starts.push_back(begin - row.begin);
  // What fills the row up is a document of its own.
  if (row.end - row.begin <= seq_len_) starts.push_back(row.end - row.begin);
  return starts;
}

std::string SamplePool::describe(int64_t position) const {
  const Part& part = part_of(position);
  const TokenRow row = row_of(part, position);
  return format("{} tokens {}..{}", part.file->prefix(), row.begin, row.end - 1);
}

std::string SamplePool::identity() const {
  std::string text;
  for (const Part& part : parts_) text += part.file->identity() + " ";
  return text;
}

}  // namespace trireme::data
