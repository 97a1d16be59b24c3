#pragma once

#include <optional>
#include <string>
#include <vector>

namespace trireme::engine {

/// XXH3 of one tensor.
struct Digest {
  std::string name;
  std::string hash;
};

/// Where ranks that should hold the same tensors do not.
struct Difference {
  std::string name;               // the first tensor that differs
  size_t tensors = 0;             // how many differ
  std::vector<size_t> odd_ranks;  // those that differ from the majority in `name`, by index; all when there is none
  bool has_majority = false;      // more than half of the ranks agree on `name`
};

/// The same tensors in the same order on every rank; nothing when all agree.
std::optional<Difference> find_difference(const std::vector<std::vector<Digest>>& by_rank);

/// One "hash name" a line, and back.
std::string to_text(const std::vector<Digest>& digests);
std::vector<Digest> digests_from_text(const std::string& text);

}  // namespace trireme::engine
