#include "trireme/data/file_rows.h"

#include <algorithm>
#include <cmath>

namespace trireme::data {

namespace {

/// How many of a file's samples are kept for validation.
int64_t num_valid(int64_t samples, const DatasetOptions& options) {
  if (options.valid_fraction == 0) return 0;
  return std::max<int64_t>(1, std::llround(static_cast<double>(samples) * options.valid_fraction));
}

}  // namespace

FileRows::FileRows(const TokenFile& file, const DatasetOptions& options) : seq_len_(options.seq_len) {
  options.packing == Packing::kWhole ? fill(file, options) : cut(file.num_tokens(), options);
}

TokenRow FileRows::operator[](int64_t i) const {
  if (!filled_.empty()) return filled_[static_cast<size_t>(i)];
  const int64_t begin = first_token_ + i * seq_len_;
  return {begin, begin + seq_len_ + 1};
}

/// Training and validation start on their own token: the last target of the one is not the first input of the other.
void FileRows::cut(int64_t num_tokens, const DatasetOptions& options) {
  const int64_t samples = (num_tokens - 1) / seq_len_;
  int64_t end = num_tokens;
  if (options.valid_fraction > 0) {
    const int64_t border = std::max<int64_t>(0, samples - num_valid(samples, options)) * seq_len_ + 1;
    (options.valid_tail ? first_token_ : end) = border;
  }
  num_tokens_ = end - first_token_;
  size_ = std::max<int64_t>(0, num_tokens_ - 1) / seq_len_;
}

void FileRows::fill(const TokenFile& file, const DatasetOptions& options) {
  const int64_t most = seq_len_ + 1;
  TokenRow row;
  for (int64_t document = 0; document < file.num_documents(); ++document) {
    const int64_t begin = file.document_begin(document), end = file.document_begin(document + 1);
    if (end - row.begin > most && begin > row.begin) {
      filled_.push_back({row.begin, begin});
      row.begin = begin;
    }
    for (; end - row.begin > most; row.begin += seq_len_) filled_.push_back({row.begin, row.begin + most});
    row.end = end;
  }
  if (row.end > row.begin) filled_.push_back(row);
  const auto samples = static_cast<ptrdiff_t>(filled_.size());
  const auto border = filled_.begin() + std::max<ptrdiff_t>(0, samples - num_valid(samples, options));
  options.valid_tail ? filled_.erase(filled_.begin(), border) : filled_.erase(border, filled_.end());
  size_ = static_cast<int64_t>(filled_.size());
  if (size_ > 0) num_tokens_ = filled_.back().end - filled_.front().begin;
}

}  // namespace trireme::data
