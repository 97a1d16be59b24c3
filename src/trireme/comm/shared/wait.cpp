#include "trireme/comm/shared/wait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <climits>
#include <ctime>
#include <thread>

namespace trireme::comm {

namespace {

constexpr int kSpins = 1000;  // about 20 microseconds
constexpr int kYields = 100;  // about as long where nobody else runs
constexpr long kSliceNanoseconds = 50'000'000;

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

// Not the PRIVATE kind of futex: the word may lie in memory of several processes.
void sleep_slice(FutexWord& word, uint32_t value) {
  const timespec slice{0, kSliceNanoseconds};
  word.sleepers.fetch_add(1);
  syscall(SYS_futex, &word.value, FUTEX_WAIT, value, &slice, nullptr, 0);
  word.sleepers.fetch_sub(1);
}

}  // namespace

void publish(FutexWord& word, uint32_t value) noexcept {
  word.value.store(value);  // sequentially consistent, as are the sleepers' steps: one of the two sees the other
  if (word.sleepers.load() != 0) syscall(SYS_futex, &word.value, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void throw_if_aborted(const supervise::StatusBoard& board) {
  if (!board.aborted()) return;
  const auto cause = board.abort_cause();
  throw CommError(cause && !cause->text.empty() ? cause->text
                                                : "the job was aborted by a rank that died while it wrote its reason");
}

void wait_while(FutexWord& word, uint32_t value, RankContext& context, Deadline deadline,
                const std::function<std::string()>& gone, const std::function<CommError(const std::string&)>& late) {
  if (spin_while(word, value, context.board.world())) return;
  while (word.value.load(std::memory_order_acquire) == value) {
    sleep_slice(word, value);
    if (word.value.load(std::memory_order_acquire) != value) return;
    throw_if_aborted(context.board);
    context.writer->beat();
    const std::string who = gone();
    if (word.value.load(std::memory_order_acquire) != value) return;  // it went after its part was done
    if (!who.empty() || deadline.passed()) throw late(who);
  }
}

}  // namespace trireme::comm
