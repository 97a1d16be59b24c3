#include "trireme/optim/optimizer.h"

#include "trireme/core/error.h"
#include "trireme/optim/adamw.h"
#include "trireme/optim/sgd.h"

namespace trireme::optim {

std::unique_ptr<Optimizer> make_optimizer(const recipe::Optimizer& options, std::vector<parallel::FlatShard> shards) {
  if (options.name == "adamw") return std::make_unique<AdamW>(options, std::move(shards));
  if (options.name == "sgd") return std::make_unique<Sgd>(options, std::move(shards));
  throw ConfigError(format("optimizer.name: '{}' is none of adamw, sgd", options.name));
}

}  // namespace trireme::optim
