#pragma once

#include <cstdint>
#include <vector>

#include "trireme/data/dataset.h"
#include "trireme/data/token_file.h"

namespace trireme::data {

/// Tokens [begin, end) of a file: inputs and targets of one sample, at most seq_len + 1.
struct TokenRow {
  int64_t begin = 0;
  int64_t end = 0;
};

/// How a file, or the part of it that is trained or validated on, falls into rows.
///
/// Packings "stream" and "documents": a row every seq_len tokens; what is left at the end, shorter than a row, is not
/// used. Packing "whole": in each row as many whole documents, in file order, as it holds; a document longer than a row
/// begins in one of its own and goes on every seq_len tokens. All is used.
class FileRows {
 public:
  /// Takes seq_len, packing and the split from `options`.
  FileRows(const TokenFile& file, const DatasetOptions& options);

  int64_t size() const { return size_; }
  /// Tokens of the part, those that no row uses too.
  int64_t num_tokens() const { return num_tokens_; }
  /// REQUIRES: 0 <= i < size().
  TokenRow operator[](int64_t i) const;

 private:
  void cut(int64_t num_tokens, const DatasetOptions& options);
  void fill(const TokenFile& file, const DatasetOptions& options);

  int64_t seq_len_;
  int64_t first_token_ = 0;
  int64_t num_tokens_ = 0;
  int64_t size_ = 0;
  std::vector<TokenRow> filled_;  // packing "whole" only
};

}  // namespace trireme::data
