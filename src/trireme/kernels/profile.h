#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trireme::kernels {

/// Kernels that a step's time is told by.
enum class Family { kProducts, kAttention, kLoss, kNorms, kRotary, kSwiglu, kEmbedding, kOptimizer };
inline constexpr std::array kFamilies = {Family::kProducts, Family::kAttention, Family::kLoss,      Family::kNorms,
                                         Family::kRotary,   Family::kSwiglu,    Family::kEmbedding, Family::kOptimizer};
std::string_view name_of(Family family);

/// What no implementation can do without: arithmetic, and the memory that is read or written at least once.
struct Work {
  double flops = 0.0, bytes = 0.0;
};

/// While one lives, kernels on CPUs count their time and work. One at a time, and calls of one thread: a rank's.
class Profile {
 public:
  struct Count {
    int64_t calls = 0;
    double seconds = 0.0;  // of the calling thread's processor
    Work work;
  };

  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  const Count& operator[](Family family) const { return counts_[static_cast<size_t>(family)]; }
  void restart() { counts_ = {}; }

 private:
  friend class Profiled;
  std::array<Count, kFamilies.size()> counts_ = {};
};

/// Counts one call from its construction to its end. `work()` is asked while a Profile lives.
class Profiled {
 public:
  template <class F>
  Profiled(Family family, const F& work) {
    if (active() != nullptr) begin(family, work());
  }
  ~Profiled() {
    if (count_ != nullptr) end();
  }
  Profiled(const Profiled&) = delete;
  Profiled& operator=(const Profiled&) = delete;

 private:
  static Profile* active();
  void begin(Family family, Work work);
  void end();

  Profile::Count* count_ = nullptr;
  double started_ = 0.0;
};

}  // namespace trireme::kernels
