#pragma once

#include <functional>
#include <string>

#include "faults/fault_plan.h"

namespace trireme::test {

/// What is to become of a call of this program on that file. Any thread asks.
using Strike = std::function<faults::Verdict(faults::Call, const std::string& path)>;

/// Lets the test decide about each call of faults/faulty_calls.cpp, while it lives. At most one lives.
class StruckCalls {
 public:
  explicit StruckCalls(Strike strike);
  ~StruckCalls();
  StruckCalls(const StruckCalls&) = delete;
  StruckCalls& operator=(const StruckCalls&) = delete;

 private:
  Strike strike_;
};

}  // namespace trireme::test
