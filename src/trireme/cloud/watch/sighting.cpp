#include "trireme/cloud/watch/sighting.h"

#include <algorithm>

namespace trireme::cloud {

namespace {

const Sighting* find_same(const std::vector<Sighting>& all, const Sighting& wanted) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Sighting& each) { return each.kind == wanted.kind && each.id == wanted.id; });
  return found == all.end() ? nullptr : &*found;
}

bool has_ended(const Sighting& sighting) { return sighting.state == "terminated" || sighting.state == "FAILED"; }

}  // namespace

std::vector<Change> changes_between(const std::vector<Sighting>& before, const std::vector<Sighting>& now) {
  std::vector<Change> changes;
  for (const Sighting& each : now) {
    const Sighting* same = find_same(before, each);
    if (same == nullptr || same->state != each.state || same->reason != each.reason) {
      changes.push_back({each, same == nullptr ? "" : same->state});
    }
  }
  for (const Sighting& each : before) {
    if (has_ended(each) || find_same(now, each) != nullptr) continue;
    Sighting gone = each;
    gone.state = "gone";
    gone.since = gone.reason = "";
    changes.push_back({std::move(gone), each.state});
  }
  return changes;
}

}  // namespace trireme::cloud
