#include "trireme/supervise/slots.h"

#include <algorithm>
#include <string>

#include "trireme/core/available.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/core/log.h"

namespace trireme::supervise {

int visible_gpus() {
  int present = 0;
  while (fs::exists(format("/dev/nvidia{}", present))) ++present;
  const auto visible = env("CUDA_VISIBLE_DEVICES");
  if (!visible) return present;
  if (visible->empty() || visible->front() == '-') return 0;
  return std::min(present, 1 + static_cast<int>(std::count(visible->begin(), visible->end(), ',')));
}

int64_t default_ranks(const recipe::Recipe& recipe) {
  const recipe::Parallel& parallel = recipe.parallel;
  const int64_t others = parallel.pp * parallel.dp_replicate * parallel.cp * parallel.tp;
  if (parallel.dp_shard > 0) return others * parallel.dp_shard;
  const int64_t gpus = recipe.system.device == "cpu" ? 0 : visible_gpus();
  return others * std::max<int64_t>(1, gpus / others);
}

void check_slots(const recipe::Recipe& recipe, int64_t ranks) {
  if (recipe.system.device == "cuda" && ranks > visible_gpus()) {
    throw UsageError(
        format("{} ranks need {} GPUs and this host shows {}; use fewer --ranks, or "
               "--set system.device=cpu",
               ranks, ranks, visible_gpus()));
  }
  if (ranks > available_cores() && (recipe.system.device == "cpu" || visible_gpus() == 0)) {
    log_warning("{} ranks share {} cores: the run is right but slow", ranks, available_cores());
  }
}

}  // namespace trireme::supervise
