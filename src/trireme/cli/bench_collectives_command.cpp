#include "trireme/cli/bench_collectives_command.h"

#include <algorithm>
#include <sstream>

#include "trireme/cli/command.h"
#include "trireme/cli/size_argument.h"

namespace trireme::cli {

namespace {

const std::vector<std::string>& all_operations() {
  static const std::vector<std::string> names = {"all_reduce", "all_gather", "reduce_scatter",
                                                 "all_to_all", "broadcast",  "send_recv"};
  return names;
}

}  // namespace

void BenchCollectivesCommand::declare(Arguments& arguments) {
  arguments.option("--ranks", "N", &ranks, "processes to start on this host; a launcher such as mpirun has its own");
  arguments.option("--operations", "LIST", &operations,
                   "all, or some of all_reduce,all_gather,reduce_scatter,all_to_all,broadcast,send_recv");
  arguments.option("--dtype", "DTYPE", &dtype, "of the elements").choices = {"fp32", "bf16"};
  arguments.option("--min", "SIZE", &min, "smallest buffer: all_gather's output, reduce_scatter's input");
  arguments.option("--max", "SIZE", &max, "largest buffer; each size is four times the one before");
  arguments.option("--rounds", "K", &rounds, "figures of each row, each of 2 ms or more");
  arguments.option("--buffers", "KIND", &buffers, "memory of the communicator, any other, or a row for each")
      .choices = {"allocated", "any", "both"};
  arguments.option("--backend", "NAME", &backend, "communication back-end").choices = {"auto", "shm", "mpi",
                                                                                       "hierarchical", "nccl"};
  arguments.option("--device", "NAME", &device, "where the buffers are").choices = {"auto", "cpu", "cuda"};
  arguments.json(json);
}

void BenchCollectivesCommand::check() const {
  if (ranks < 2) throw UsageError(format("--ranks must be at least 2, got {}: one rank moves nothing", ranks));
  if (rounds < 1) throw UsageError(format("--rounds must be at least 1, got {}", rounds));
  const int64_t smallest = parse_size("--min", min), largest = parse_size("--max", max);
  if (smallest > largest) throw UsageError(format("--min {} is above --max {}; swap them", min, max));
  operation_names();
}

std::vector<std::string> BenchCollectivesCommand::operation_names() const {
  if (operations == "all") return all_operations();
  std::vector<std::string> names;
  std::istringstream list(operations);
  for (std::string name; std::getline(list, name, ',');) {
    if (std::ranges::find(all_operations(), name) == all_operations().end())
      throw UsageError(format("--operations: there is no \"{}\"; --help lists them", name));
    names.push_back(name);
  }
  if (names.empty()) throw UsageError("--operations is empty; leave it out to time all of them");
  return names;
}

recipe::Recipe BenchCollectivesCommand::recipe() const {
  recipe::Recipe recipe;
  recipe.system.backend = backend;
  recipe.system.device = device;
  recipe.system.threads = 1;
  return recipe;
}

namespace {

const Registered<BenchCollectivesCommand> registered{{
    .name = "bench collectives",
    .summary = "check and time the operations between ranks: seconds and GB/s by size",
    .example = "trireme bench collectives --ranks 2 --operations all_reduce,reduce_scatter --max 64MiB",
    .group = CommandGroup::kTrain,
}};

}  // namespace

}  // namespace trireme::cli
