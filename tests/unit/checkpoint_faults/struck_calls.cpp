#include "unit/checkpoint_faults/struck_calls.h"

#include <unistd.h>
#include <array>
#include <atomic>
#include <utility>

namespace trireme::test {

namespace {
std::atomic<const Strike*> current{nullptr};
}  // namespace

StruckCalls::StruckCalls(Strike strike) : strike_(std::move(strike)) { current = &strike_; }

StruckCalls::~StruckCalls() { current = nullptr; }

}  // namespace trireme::test

/// The plan that faulty_calls.cpp asks.
namespace faults {

Verdict strike(Call call, const char* path) {
  const auto* strike = trireme::test::current.load();
  return strike == nullptr ? Verdict{} : (*strike)(call, path);
}

Verdict strike(Call call, int fd) {
  if (trireme::test::current.load() == nullptr) return {};
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  return ::readlink(link.c_str(), path.data(), path.size() - 1) > 0 ? strike(call, path.data()) : Verdict{};
}

size_t shortened(size_t bytes) { return (bytes + 1) / 2; }

long clock_offset() { return 0; }

}  // namespace faults
