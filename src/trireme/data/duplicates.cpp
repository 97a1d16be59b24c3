#include "trireme/data/duplicates.h"

#include <xxhash.h>
#include <algorithm>

namespace trireme::data {

void DuplicateCounter::add(std::span<const TokenId> document) {
  hashes_.push_back(XXH3_64bits(document.data(), document.size_bytes()));
}

int64_t DuplicateCounter::count() {
  std::sort(hashes_.begin(), hashes_.end());
  int64_t count = 0;
  for (size_t i = 1; i < hashes_.size(); ++i) count += hashes_[i] == hashes_[i - 1];
  return count;
}

}  // namespace trireme::data
