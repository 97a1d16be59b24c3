#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "faulty_backend.h"

namespace trireme::testing {

/// A random program of a few ranks over a transport that loses, doubles or delays one message; drawn from its seed.
class FaultTrial {
 public:
  static constexpr double kTimeout = 1.0;  // seconds, of each operation

  explicit FaultTrial(uint32_t seed);
  FaultTrial(uint32_t seed, int size);

  int size() const { return size_; }
  /// "seed 7: 3 ranks, fault 2 on rank 1 at operation 4"
  std::string describe() const;
  /// Whether all ranks must end without an error.
  bool harmless() const;

  /// Once, in each process of the trial. `on_strike` is told "all_reduce #4".
  comm::Decorate decorate(std::function<void(const std::string&)> on_strike) const;
  /// The part of a rank. Throws on a wrong result, whose text then holds "element ".
  void run(comm::Communicator& ranks) const;
  /// Fails the test unless `error` names the rank, the operation and its number that were struck.
  void expect_culprit(const std::string& error, const std::string& struck) const;

 private:
  uint32_t seed_;
  int size_;
  FaultPlan plan_;
};

}  // namespace trireme::testing
