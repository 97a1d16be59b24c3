#pragma once

#include <atomic>
#include <cstdint>

#include "trireme/core/clock.h"

namespace trireme::comm {

/// A word that threads sleep on, also those of several processes. `sleepers` spares the wake-up call when nobody
/// sleeps. All-zero is the initial state.
struct alignas(64) FutexWord {
  std::atomic<uint32_t> value;
  std::atomic<uint32_t> sleepers;
};

/// Sets the word and wakes who sleeps on it.
void publish(FutexWord& word, uint32_t value) noexcept;

/// Sleeps in the kernel while `word` holds `value`, but not after `longest`. May return sooner.
void sleep_while(FutexWord& word, uint32_t value, Seconds longest) noexcept;

/// Wakes who sleeps on `word`, and those who are about to: see Sleeper. Costs one atomic step when there are none.
void ring(FutexWord& word) noexcept;

/// A thread that looks for news and sleeps when there are none: of what is put out before ring(), either the look finds
/// it or the sleep ends.
///
///   Sleeper sleeper(word);
///   if (!there_are_news()) sleeper.sleep(longest);
class Sleeper {
 public:
  explicit Sleeper(FutexWord& word) : word_(word) {
    word_.sleepers.fetch_add(1);  // before the look
    value_ = word_.value.load();
  }
  ~Sleeper() { word_.sleepers.fetch_sub(1); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  void sleep(Seconds longest) noexcept { sleep_while(word_, value_, longest); }
  bool rung() const { return word_.value.load() != value_; }

 private:
  FutexWord& word_;
  uint32_t value_;
};

}  // namespace trireme::comm
