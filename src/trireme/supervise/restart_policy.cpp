#include "trireme/supervise/restart_policy.h"

#include <sys/wait.h>
#include <algorithm>
#include <numeric>

namespace trireme::supervise {

namespace {

/// What two failures of one kind have in common: the signal that killed the first rank, however its peers put it, else
/// the cause without its numbers, since process ids and seconds differ from one failure to the next.
std::string kind_of(const Failure& failure) {
  const RankOutcome& first = failure.ranks.at(static_cast<size_t>(failure.first_rank));
  if (WIFSIGNALED(first.wait_status) && !first.killed_by_us) return describe_wait_status(first.wait_status);
  std::string kind;
  for (const char c : first_cause(failure)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) kind += c;
    if (digit && !kind.ends_with('#')) kind += '#';
  }
  return kind;
}

}  // namespace

RestartPolicy::RestartPolicy(Options options)
    : options_(std::move(options)), slots_(static_cast<size_t>(options_.world)), next_delay_(options_.first_delay) {
  std::iota(slots_.begin(), slots_.end(), 0);
}

std::optional<Restart> RestartPolicy::after(const Failure& failure) {
  if (restarts_ == options_.max_restarts || !worth_a_restart(failure)) return std::nullopt;
  const Blow blow{.slot = slots_.at(static_cast<size_t>(failure.first_rank)), .kind = kind_of(failure)};
  if (made_progress(failure)) {
    last_.reset();
    next_delay_ = options_.first_delay;
  }
  if (!last_) first_cause_ = first_cause(failure);
  const bool same_slot = last_ && last_->slot == blow.slot;
  const bool same_cause = same_slot && last_->kind == blow.kind;
  last_ = blow;

  Restart restart{.delay = next_delay_, .slots = {}, .left_out = {}};
  if (same_slot && options_.min_ranks > 0) {
    restart.left_out = leave_out(blow.slot);
    if (restart.left_out.empty()) return std::nullopt;
  } else if (same_cause) {
    why_not_ = format(
        "a crash loop: two failures in a row without a newer checkpoint or more steps between; the first cause was: "
        "{}. Mend that, then run again with --resume",
        first_cause_);
    return std::nullopt;
  }
  ++restarts_;
  next_delay_ = std::min(2 * next_delay_, options_.longest_delay);
  restart.slots = slots_;
  return restart;
}

bool RestartPolicy::made_progress(const Failure& failure) {
  // Of the rank that failed: how far its peers come before they hear of it is chance.
  const int64_t step = failure.ranks.at(static_cast<size_t>(failure.first_rank)).last_step;
  int64_t checkpoint = 0;
  for (const RankOutcome& rank : failure.ranks) checkpoint = std::max(checkpoint, rank.last_checkpoint);
  const bool progress = step > best_step_ || checkpoint > best_checkpoint_;
  best_step_ = std::max(best_step_, step);
  best_checkpoint_ = std::max(best_checkpoint_, checkpoint);
  return progress;
}

std::vector<int> RestartPolicy::leave_out(int slot) {
  const auto accepts = [&](int world) { return !options_.accepts || options_.accepts(world); };
  int world = static_cast<int>(slots_.size()) - 1;
  while (world >= options_.min_ranks && !accepts(world)) --world;
  if (world < options_.min_ranks) {
    why_not_ = format(
        "slot {} failed first twice in a row without progress, and without it no world of {} ranks or more is left on "
        "which the recipe runs; the first cause was: {}",
        slot, options_.min_ranks, first_cause_);
    return {};
  }
  std::vector<int> dropped = {slot};
  for (auto last = slots_.rbegin(); static_cast<int>(slots_.size() - dropped.size()) > world; ++last) {
    if (*last != slot) dropped.push_back(*last);
  }
  std::erase_if(slots_, [&](int s) { return std::find(dropped.begin(), dropped.end(), s) != dropped.end(); });
  last_.reset();
  return dropped;
}

}  // namespace trireme::supervise
