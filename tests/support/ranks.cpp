#include "support/ranks.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "trireme/comm/hierarchical/hierarchical.h"
#include "trireme/comm/local/local.h"
#include "trireme/comm/mpi/mpi.h"
#include "trireme/comm/nccl/nccl.h"
#include "trireme/comm/shm/shm.h"
#include "trireme/core/check.h"
#include "trireme/core/clock.h"
#include "trireme/core/environment.h"
#include "trireme/supervise/slots.h"

namespace trireme::testing {

namespace {

constexpr double kGiveUpSeconds = 120;

thread_local Device this_rank_device;

/// The ranks of `host`, rank r with GPU r where the world is one over NCCL.
std::unique_ptr<comm::Communicator> with_gpu(std::unique_ptr<comm::Communicator> host, const RankWorld& world) {
  if (!world.backend.starts_with("nccl")) return host;
  this_rank_device = {DeviceKind::kCuda, host->rank().value()};
  return comm::nccl::make_world(
      std::move(host),
      {.device = this_rank_device, .timeout = world.timeout, .current_stream = [] { return nullptr; }});
}

std::string error_of(comm::Communicator& communicator, const RankBody& body) {
  try {
    body(communicator);
    return "";
  } catch (const std::exception& problem) {
    communicator.abort(problem.what());
    return problem.what();
  }
}

std::unique_ptr<comm::Communicator> simulate_hosts(std::unique_ptr<comm::Communicator> flat) {
  const std::string host = format("host {}", flat->rank().value() / 2);
  return comm::hierarchical::make_world(std::move(flat), {.host_key = host});
}

std::vector<RankOutcome> run_threads(const RankWorld& world, const RankBody& body) {
  auto communicators = comm::local::make_world(world.size, {.timeout = world.timeout, .decorate = world.decorate});
  const bool hierarchical = world.backend == "hierarchical";
  std::vector<RankOutcome> outcomes(communicators.size());
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < outcomes.size(); ++rank) {
    threads.emplace_back([&, rank] {
      const Stopwatch watch;
      if (hierarchical) communicators[rank] = simulate_hosts(std::move(communicators[rank]));
      communicators[rank] = with_gpu(std::move(communicators[rank]), world);
      outcomes[rank].error = error_of(*communicators[rank], body);
      communicators[rank].reset();
      outcomes[rank].seconds = watch.seconds();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

struct Child {
  pid_t pid = 0;
  UniqueFd pipe;
  bool running = true;
};

[[noreturn]] void run_child(const RankWorld& world, int memory, int rank, int pipe, const RankBody& body) {
  std::string error;
  try {
    auto communicator = with_gpu(comm::shm::make_world({.fd = memory,
                                                        .rank = Rank(rank),
                                                        .world = world.size,
                                                        .timeout = world.timeout,
                                                        .may_read = world.backend != "shm_staged",
                                                        .decorate = world.decorate}),
                                 world);
    error = error_of(*communicator, body);
  } catch (const std::exception& problem) {
    error = problem.what();
  }
  write_all(pipe, error, "pipe");
  ::_exit(error.empty() ? 0 : 1);  // no destructors of the parent's objects, no second report of GoogleTest
}

Child start_child(const RankWorld& world, int memory, int rank, const RankBody& body) {
  int ends[2];
  TRIREME_CHECK(::pipe(ends) == 0, "no pipe");
  Child child{.pid = ::fork(), .pipe = UniqueFd(ends[0])};
  TRIREME_CHECK(child.pid >= 0, "no process");
  if (child.pid == 0) run_child(world, memory, rank, ends[1], body);
  ::close(ends[1]);
  return child;
}

std::string read_pipe(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  return text;
}

void look_after(Child& child, RankOutcome& outcome, double seconds) {
  int status = 0;
  if (::waitpid(child.pid, &status, WNOHANG | WUNTRACED) != child.pid) return;
  if (WIFSTOPPED(status)) {
    outcome.signal = WSTOPSIG(status);
    return;
  }
  child.running = false;
  outcome.seconds = seconds;
  outcome.error = read_pipe(child.pipe.get());
  if (WIFSIGNALED(status)) {
    if (outcome.signal == 0) outcome.signal = WTERMSIG(status);
    outcome.error += format("killed by signal {}", WTERMSIG(status));
  }
}

std::vector<RankOutcome> run_processes(const RankWorld& world, const RankBody& body) {
  const UniqueFd memory = comm::shm::create_memory(world.size, /*generation=*/0);
  std::vector<Child> children;
  for (int rank = 0; rank < world.size; ++rank) children.push_back(start_child(world, memory.get(), rank, body));
  std::vector<RankOutcome> outcomes(children.size());
  const Stopwatch watch;
  size_t running = children.size();
  while (running > 0) {
    size_t stopped = running = 0;
    for (size_t i = 0; i < children.size(); ++i) {
      if (children[i].running) look_after(children[i], outcomes[i], watch.seconds());
      running += children[i].running;
      stopped += children[i].running && outcomes[i].signal != 0;
    }
    if (running > 0 && (running == stopped || watch.seconds() > kGiveUpSeconds)) {
      for (const Child& child : children) {
        if (child.running) ::kill(child.pid, SIGKILL);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return outcomes;
}

/// MPI starts and ends once in a process.
std::unique_ptr<comm::Communicator>& mpi_world() {
  static std::unique_ptr<comm::Communicator> world = comm::mpi::make_world(Seconds(30));
  return world;
}

std::vector<RankOutcome> run_this_process(const RankWorld& world, const RankBody& body) {
  auto group = mpi_world()->split(0, mpi_world()->rank().value(), "world");
  TRIREME_CHECK(group->size() == world.size, "mpirun started {} ranks, not {}", group->size(), world.size);
  if (world.backend == "mpi_hierarchical") group = simulate_hosts(std::move(group));
  const Stopwatch watch;
  RankOutcome outcome;
  outcome.error = error_of(*group, body);
  outcome.seconds = watch.seconds();
  return {outcome};
}

}  // namespace

Device rank_device() { return this_rank_device; }

int nccl_ranks() { return comm::nccl::available() ? supervise::visible_gpus() : 0; }

int mpirun_size() { return static_cast<int>(env_int("OMPI_COMM_WORLD_SIZE").value_or(0)); }

std::vector<RankOutcome> run_ranks(const RankWorld& world, const RankBody& body) {
  if (world.backend.starts_with("mpi")) return run_this_process(world, body);
  if (world.backend.starts_with("shm") || world.backend == "nccl") return run_processes(world, body);
  if (world.backend == "local" || world.backend == "hierarchical" || world.backend == "nccl_threads")
    return run_threads(world, body);
  TRIREME_CHECK(false, "no back-end {}", world.backend);
}

void expect(bool condition, const std::string& text) {
  if (!condition) throw std::runtime_error(text);
}

}  // namespace trireme::testing
