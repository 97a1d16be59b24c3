#include "trireme/comm/shared/wait.h"

#include <algorithm>
#include <thread>

#include "trireme/core/clock.h"

namespace trireme::comm {

namespace {

constexpr int kSpins = 1000;  // about 20 microseconds
constexpr int kYields = 100;  // about as long where nobody else runs
constexpr Seconds kShortestSleep{0.1}, kLongestSleep{0.25};

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

bool spin_while(const FutexWord& word, uint32_t value, int ranks) {
  static const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const bool crowded = ranks > cores;  // the one waited for may need this core
  for (int i = 0; i < (crowded ? kYields : kSpins); ++i) {
    if (word.value.load(std::memory_order_acquire) != value) return true;
    crowded ? std::this_thread::yield() : relax();
  }
  return word.value.load(std::memory_order_acquire) != value;
}

// A long wait looks up less often: on a virtual machine each look costs up to a millisecond of the processor.
Seconds time_to_next_look(const Stopwatch& waited, Deadline deadline) {
  const Seconds sleep = std::clamp(Seconds(waited.seconds() / 2), kShortestSleep, kLongestSleep);
  return std::clamp(Seconds(deadline.at() - Clock::now()), Seconds(0), sleep);
}

}  // namespace

void throw_if_aborted(const supervise::StatusBoard& board) {
  if (!board.aborted()) return;
  const auto cause = board.abort_cause();
  throw CommError(cause && !cause->text.empty() ? cause->text
                                                : "the job was aborted by a rank that died while it wrote its reason");
}

void wait_while(FutexWord& word, uint32_t value, RankContext& context, Deadline& deadline,
                const std::function<std::string()>& gone, const std::function<CommError(const std::string&)>& late) {
  if (spin_while(word, value, context.board.world())) return;
  const Stopwatch waited;
  while (word.value.load(std::memory_order_acquire) == value) {
    const Seconds asked = time_to_next_look(waited, deadline);
    sleep_while(word, value, asked);
    const bool is_late = deadline.look(asked);
    if (word.value.load(std::memory_order_acquire) != value) return;
    throw_if_aborted(context.board);
    context.writer->beat();
    const std::string who = gone();
    if (word.value.load(std::memory_order_acquire) != value) return;  // it went after its part was done
    if (!who.empty() || is_late) throw late(who);
  }
}

}  // namespace trireme::comm
