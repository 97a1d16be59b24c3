#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trireme/core/clock.h"
#include "trireme/supervise/failure_report.h"

namespace trireme::supervise {

/// How a job that failed starts again.
struct Restart {
  Seconds delay{0};
  std::vector<int> slots;     // places of this host, one a rank, in order
  std::vector<int> left_out;  // slots that the failure has cost
};

/// Whether, when and on which slots a job starts again after each of its failures.
///
/// Progress is a checkpoint beyond all before, or a step of the rank that failed. After a failure without progress the
/// delay doubles. Two failures in a row of the same slot without progress between: where fewer ranks are allowed, that
/// slot is left out and the job goes on with the largest world that the recipe accepts; else, when the first cause is
/// the same too, it is a crash loop and the job ends.
class RestartPolicy {
 public:
  struct Options {
    int world = 1;
    int max_restarts = 0;  // of the whole job; progress between failures does not give any back
    int min_ranks = 0;     // never fewer; 0: never fewer than `world`
    Seconds first_delay{1};
    Seconds longest_delay{60};
    std::function<bool(int world)> accepts;  // whether the recipe runs on so many ranks; empty: on any number
  };
  explicit RestartPolicy(Options options);

  /// Slots to start on.
  const std::vector<int>& slots() const { return slots_; }
  int restarts() const { return restarts_; }
  /// Nothing when the job ends; why_not() says why, where the report of the failure does not.
  std::optional<Restart> after(const Failure& failure);
  const std::string& why_not() const { return why_not_; }

 private:
  struct Blow {
    int slot = 0;
    std::string kind;
  };
  bool made_progress(const Failure& failure);
  /// Leaves `slot` out, and further ones until the recipe accepts the rest. Nothing where too few would be left.
  std::vector<int> leave_out(int slot);

  Options options_;
  std::vector<int> slots_;
  int restarts_ = 0;
  int64_t best_step_ = 0, best_checkpoint_ = 0;
  std::optional<Blow> last_;  // nothing after progress
  std::string first_cause_;   // of the failures since the last progress
  Seconds next_delay_;
  std::string why_not_;
};

}  // namespace trireme::supervise
