#include "trireme/engine/digests.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "trireme/core/check.h"

namespace trireme::engine {

namespace {

/// The hash that more than half of the ranks have; empty when none does.
std::string majority_of(const std::vector<std::vector<Digest>>& by_rank, size_t tensor) {
  std::map<std::string, size_t> votes;
  for (const auto& digests : by_rank) ++votes[digests[tensor].hash];
  const auto most =
      std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return 2 * most->second > by_rank.size() ? most->first : "";
}

bool all_agree(const std::vector<std::vector<Digest>>& by_rank, size_t tensor) {
  return std::all_of(by_rank.begin(), by_rank.end(),
                     [&](const auto& digests) { return digests[tensor].hash == by_rank[0][tensor].hash; });
}

}  // namespace

std::optional<Difference> find_difference(const std::vector<std::vector<Digest>>& by_rank) {
  Difference difference;
  for (const auto& digests : by_rank)
    TRIREME_CHECK(digests.size() == by_rank[0].size(), "{} digests to compare with {}", digests.size(),
                  by_rank[0].size());
  for (size_t tensor = 0; tensor < by_rank[0].size(); ++tensor) {
    if (all_agree(by_rank, tensor) || ++difference.tensors > 1) continue;
    difference.name = by_rank[0][tensor].name;
    const std::string majority = majority_of(by_rank, tensor);
    difference.has_majority = !majority.empty();
    for (size_t rank = 0; rank < by_rank.size(); ++rank)
      if (by_rank[rank][tensor].hash != majority) difference.odd_ranks.push_back(rank);
  }
  if (difference.tensors == 0) return std::nullopt;
  return difference;
}

std::string to_text(const std::vector<Digest>& digests) {
  std::string text;
  for (const auto& [name, hash] : digests) text += hash + " " + name + "\n";
  return text;
}

std::vector<Digest> digests_from_text(const std::string& text) {
  std::vector<Digest> digests;
  std::istringstream lines(text);
  for (std::string hash, name; lines >> hash && std::getline(lines >> std::ws, name);) digests.push_back({name, hash});
  return digests;
}

}  // namespace trireme::engine
