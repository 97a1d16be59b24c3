#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trireme/core/clock.h"
#include "trireme/core/error.h"

namespace trireme::cli {

/// The words of a rank's command line: a benchmark starts itself again as each of its ranks.
class RankWords {
 public:
  explicit RankWords(std::vector<std::string> words) : words_(std::move(words)) {}
  template <class T>
  void add(const char* name, const T& value) {
    words_.emplace_back(name);
    words_.push_back(format("{}", value));
  }
  void flag(const char* name, bool given) {
    if (given) words_.emplace_back(name);
  }
  const std::vector<std::string>& all() const { return words_; }

 private:
  std::vector<std::string> words_;
};

/// Supervises `ranks` processes of trireme-train with these words until they end. The ranks' logs are kept, in the
/// folder for temporary files, when one fails. Throws IoError.
ExitCode run_bench_ranks(const RankWords& words, int64_t ranks, Seconds heartbeat);

}  // namespace trireme::cli
