#include "trireme/data/batch.h"

#include <numeric>

namespace trireme::data {

namespace {

void append_row(const Sample& sample, int64_t row, Batch& batch) {
  const int64_t seq_len = batch.seq_len;
  const auto row_begin = static_cast<ptrdiff_t>(row * seq_len);
  batch.tokens.insert(batch.tokens.end(), sample.tokens.begin(), sample.tokens.end() - 1);
  batch.targets.insert(batch.targets.end(), sample.tokens.begin() + 1, sample.tokens.end());
  batch.positions.resize(batch.tokens.size());
  std::iota(batch.positions.begin() + row_begin, batch.positions.end(), 0);
  for (size_t i = 1; i < sample.counted.size(); ++i) {
    if (sample.counted[i] == 0) batch.targets[static_cast<size_t>(row_begin) + i - 1] = kNoTarget;
  }
  for (const int64_t start : sample.document_starts) {
    if (start > 0) batch.targets[static_cast<size_t>(row * seq_len + start - 1)] = kNoTarget;
    if (start == seq_len) break;
    batch.document_starts.push_back(row * seq_len + start);
    std::iota(batch.positions.begin() + row_begin + start, batch.positions.end(), 0);
  }
}

}  // namespace

Batch read_batch(const SampleSource& source, int64_t first_sample, int64_t rows) {
  Batch batch;
  batch.rows = rows;
  batch.seq_len = source.seq_len();
  for (int64_t row = 0; row < rows; ++row) append_row(source.sample(first_sample + row), row, batch);
  if (!batch.document_starts.empty()) batch.document_starts.push_back(rows * batch.seq_len);
  return batch;
}

}  // namespace trireme::data
