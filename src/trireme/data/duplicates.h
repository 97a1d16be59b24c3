#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// Counts documents of equal tokens by a 64-bit hash, in 8 bytes a document: of a billion documents, a pair of
/// different ones counts as equal with a chance of 3 %.
class DuplicateCounter {
 public:
  void add(std::span<const TokenId> document);
  /// Documents that are like one before them.
  int64_t count();

 private:
  std::vector<uint64_t> hashes_;
};

}  // namespace trireme::data
