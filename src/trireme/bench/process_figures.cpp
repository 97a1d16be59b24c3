#include "trireme/bench/process_figures.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

#include "trireme/core/error.h"

namespace trireme::bench {

double peak_rss_mb() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

double pss_mb() {
  const std::string path = "/proc/self/smaps_rollup";
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word != "Pss:") continue;
    double kib = 0.0;
    file >> kib;
    return kib / 1024.0;
  }
  throw IoError(format("{} has no line Pss; mount /proc", path));
}

}  // namespace trireme::bench
