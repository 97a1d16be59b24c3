#include "trireme/data/token_counts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "trireme/core/error.h"

namespace trireme::data {

std::vector<int64_t> count_tokens(const TokenFile& file) {
  constexpr int64_t kChunk = 1 << 20;
  std::vector<int64_t> counts;
  std::vector<TokenId> ids;
  for (int64_t first = 0; first < file.num_tokens(); first += kChunk) {
    ids.resize(static_cast<size_t>(std::min(kChunk, file.num_tokens() - first)));
    file.copy(first, ids);
    const auto [lowest, highest] = std::ranges::minmax(ids);
    if (lowest < 0) throw FormatError(format("{}: id {} after token {} is negative", file.prefix(), lowest, first));
    if (static_cast<size_t>(highest) >= counts.size()) counts.resize(static_cast<size_t>(highest) + 1);
    for (const TokenId id : ids) ++counts[static_cast<size_t>(id)];
  }
  return counts;
}

double unigram_entropy(const std::vector<int64_t>& counts) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  double entropy = 0;
  for (const int64_t count : counts) {
    const double probability = static_cast<double>(count) / total;
    if (count > 0) entropy -= probability * std::log(probability);
  }
  return entropy;
}

}  // namespace trireme::data
