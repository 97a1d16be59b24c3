#include "trireme/supervise/failure_report.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>

namespace trireme::supervise {

namespace {

constexpr int kLogLines = 8;
constexpr off_t kLogTailBytes = 8192;

const RankOutcome& first_of(const Failure& failure) {
  return failure.ranks.at(static_cast<size_t>(failure.first_rank));
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? format("SIG{}", name) : format("signal {}", signal);
}

/// "in all_reduce 12 of dp_shard for 3.2 s", "after all_reduce 12 of dp_shard".
std::string describe_operation(const OperationStatus& operation, double now) {
  const std::string what = format("{} {} of {}", operation.operation, operation.sequence, operation.communicator);
  if (operation.finished) return format("after {}", what);
  return format("in {} for {} s", what, format_fixed(now - operation.entered_at, 1));
}

/// Every operation that the rank is still inside, else the last one it finished.
std::string describe_operations(const RankOutcome& rank, double now) {
  std::string inside;
  const OperationStatus* last = nullptr;
  for (const OperationStatus& operation : rank.operations) {
    if (operation.operation.empty()) continue;
    if (!operation.finished) inside += (inside.empty() ? "" : ", ") + describe_operation(operation, now);
    if (last == nullptr || operation.finished_at > last->finished_at) last = &operation;
  }
  if (!inside.empty()) return inside;
  return last != nullptr ? describe_operation(*last, now) : "no operation yet";
}

std::string describe_end(const RankOutcome& rank) {
  if (rank.killed_by_us) return "was killed by its supervisor";
  return describe_wait_status(rank.wait_status);
}

std::string describe_rank(const RankOutcome& rank, double now) {
  const std::string step = rank.last_step > 0 ? format("; last step {}", rank.last_step) : "; no step done";
  return format("  rank {} (pid {}): {}; {}{}\n", rank.rank, rank.pid, describe_end(rank),
                describe_operations(rank, now), step);
}

/// The last lines of a log, each indented; empty when there is none.
std::string log_tail(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  const off_t start = std::max<off_t>(0, size - kLogTailBytes);
  std::string text(static_cast<size_t>(size - start), '\0');
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), start);
  text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  while (!text.empty() && text.back() == '\n') text.pop_back();

  size_t from = text.size();
  for (int line = 0; line < kLogLines && from != std::string::npos; ++line) {
    from = from == 0 ? std::string::npos : text.rfind('\n', from - 1);
  }
  if (from != std::string::npos) text.erase(0, from + 1);
  std::string indented;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    indented += format("    | {}\n", text.substr(at, end - at));
    at = end + 1;
  }
  return indented;
}

std::string next_action(const RankOutcome& first) {
  if (WIFSIGNALED(first.wait_status) && !first.killed_by_us) {
    if (WTERMSIG(first.wait_status) == SIGKILL) {
      return "was it the kernel, out of memory (`dmesg`), or a person? Then run the same command with --resume";
    }
    return "a crash is a bug, in trireme or in what it loads: report the lines above; --resume goes on from the "
           "newest checkpoint";
  }
  switch (WEXITSTATUS(first.wait_status)) {
    case static_cast<int>(ExitCode::kFailed): return "mend what the message names, then run again";
    case static_cast<int>(ExitCode::kUsage): return "mend the command line";
    case static_cast<int>(ExitCode::kBug): return "report this bug with the lines above";
    default: return "mend what the message names, then run the same command with --resume";
  }
}

}  // namespace

std::string describe_wait_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) return format("was killed by {}", signal_name(WTERMSIG(wait_status)));
  return format("ended with exit code {}", WEXITSTATUS(wait_status));
}

ExitCode exit_code_of(const Failure& failure) {
  const int status = first_of(failure).wait_status;
  if (WIFSIGNALED(status)) return ExitCode::kEnvironment;
  switch (WEXITSTATUS(status)) {
    case static_cast<int>(ExitCode::kUsage): return ExitCode::kUsage;
    case static_cast<int>(ExitCode::kEnvironment): return ExitCode::kEnvironment;
    case static_cast<int>(ExitCode::kBug): return ExitCode::kBug;
    default: return ExitCode::kFailed;
  }
}

bool worth_a_restart(const Failure& failure) {
  const ExitCode code = exit_code_of(failure);
  return code == ExitCode::kEnvironment || code == ExitCode::kBug;
}

std::string first_cause(const Failure& failure) {
  const RankOutcome& first = first_of(failure);
  if (!failure.cause.empty()) return failure.cause;
  if (!first.error.empty()) return first.error;
  return format("rank {} {}", first.rank, describe_end(first));
}

std::string failure_report(const Failure& failure) {
  const RankOutcome& first = first_of(failure);
  std::string text =
      format("rank {} on {} (pid {}) failed first: it {}\n", first.rank, first.host, first.pid, describe_end(first));
  const std::string cause = first_cause(failure);
  text += format("  cause: {}\n", cause);
  if (!first.error.empty() && first.error != cause) text += format("  its error: {}\n", first.error);
  for (const RankOutcome& rank : failure.ranks) text += describe_rank(rank, failure.seen_at);
  text += format("  log: {}\n{}", first.log.string(), log_tail(first.log));
  text += format("  next: {}\n", next_action(first));
  return text;
}

}  // namespace trireme::supervise
