#pragma once

#include <cstdint>
#include <vector>

#include "trireme/data/sample_source.h"

namespace trireme::data {

/// Who reads a row.
struct RowOwner {
  int64_t data_rank = 0;
  int64_t accumulation_step = 0;
};

/// Which rows of a step's global batch go to which data rank and microbatch. Row r of step s (both from 0) is
/// the sample with global index s * global_batch_size + r, in every layout.
struct BatchLayout {
  int64_t global_batch_size = 1;
  int64_t micro_batch_size = 1;
  int64_t num_data_ranks = 1;  // size of the `batch` axis

  /// REQUIRES: global_batch_size divides by micro_batch_size * num_data_ranks.
  int64_t num_accumulation_steps() const { return global_batch_size / (micro_batch_size * num_data_ranks); }
  /// First of the micro_batch_size consecutive rows of this microbatch.
  int64_t first_row(int64_t accumulation_step, int64_t data_rank) const {
    return (accumulation_step * num_data_ranks + data_rank) * micro_batch_size;
  }
  RowOwner owner(int64_t row) const {
    const int64_t microbatch = row / micro_batch_size;
    return {microbatch % num_data_ranks, microbatch / num_data_ranks};
  }
  /// Global index of the row's sample; `step` counts from 0.
  int64_t sample_index(int64_t step, int64_t row) const { return step * global_batch_size + row; }
};

/// Target that does not count.
inline constexpr int64_t kNoTarget = -100;

/// Rows ready for a model, row-major [rows, seq_len].
struct Batch {
  int64_t rows = 0;
  int64_t seq_len = 0;
  std::vector<int64_t> tokens;
  /// The next token; kNoTarget where it belongs to another document (packings "documents", "whole") or the sample does
  /// not count it.
  std::vector<int64_t> targets;
  /// 0.. in each row; with packings "documents" and "whole" from 0 again at each document.
  std::vector<int64_t> positions;
  /// Packings "documents" and "whole": first token of each document in the flattened [rows * seq_len], with that number
  /// appended. Empty with packing "stream".
  std::vector<int64_t> document_starts;
};

/// Samples first .. first + rows - 1.
Batch read_batch(const SampleSource& source, int64_t first_sample, int64_t rows);

}  // namespace trireme::data
