#include "trireme/comm/futex_word.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <climits>
#include <cmath>
#include <ctime>

namespace trireme::comm {

namespace {

void wake_all(FutexWord& word) noexcept { syscall(SYS_futex, &word.value, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }

}  // namespace

void publish(FutexWord& word, uint32_t value) noexcept {
  word.value.store(value);  // sequentially consistent, as are the sleepers' steps: one of the two sees the other
  if (word.sleepers.load() != 0) wake_all(word);
}

// Not the PRIVATE kind of futex: the word may lie in memory of several processes.
void sleep_while(FutexWord& word, uint32_t value, Seconds longest) noexcept {
  const double whole = std::floor(longest.count());
  const timespec slice{static_cast<time_t>(whole), static_cast<long>((longest.count() - whole) * 1e9)};
  word.sleepers.fetch_add(1);
  syscall(SYS_futex, &word.value, FUTEX_WAIT, value, &slice, nullptr, 0);
  word.sleepers.fetch_sub(1);
}

void ring(FutexWord& word) noexcept {
  // Not a load, which could come before the news: of this and a sleeper's step, the later one sees the earlier.
  if (word.sleepers.fetch_add(0) == 0) return;
  word.value.fetch_add(1);
  wake_all(word);
}

}  // namespace trireme::comm
