#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trireme/data/dataset.h"
#include "trireme/data/file_rows.h"
#include "trireme/data/token_file.h"

namespace trireme::data {

/// Token files whose samples, the rows of each, are numbered as one list, file after file.
class SamplePool {
 public:
  /// Takes seq_len, vocab_size, packing and the split from `options`. Throws ConfigError when a file holds
  /// less than one sample of its part.
  SamplePool(const std::vector<std::string>& prefixes, const DatasetOptions& options);

  int64_t size() const { return size_; }
  /// REQUIRES: 0 <= position < size().
  Sample sample(int64_t position) const;
  std::string describe(int64_t position) const;
  std::string identity() const;

 private:
  struct Part {
    std::unique_ptr<TokenFile> file;
    FileRows rows;
    int64_t first_sample = 0;  // in the pool
  };

  const Part& part_of(int64_t position) const;
  static TokenRow row_of(const Part& part, int64_t position) { return part.rows[position - part.first_sample]; }
  void check_ids(const Part& part, int64_t first, std::span<const TokenId> tokens) const;
  std::vector<int64_t> document_starts(const TokenFile& file, TokenRow row) const;

  std::vector<Part> parts_;
  int64_t size_ = 0;
  int64_t seq_len_;
  int64_t vocab_size_;
  Packing packing_;
};

}  // namespace trireme::data
