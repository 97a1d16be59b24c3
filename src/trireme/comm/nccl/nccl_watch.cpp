#include "trireme/comm/nccl/nccl_watch.h"

#include "trireme/comm/nccl/nccl_calls.h"
#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"
#include "trireme/device/cuda/handles.h"

namespace trireme::comm::nccl {

namespace {

constexpr auto kLook = std::chrono::milliseconds(50);

/// Why the ranks did not meet in an operation; empty: they did, or may yet.
std::string mismatch(Pending& operation) {
  if (!operation.matched.done()) return "";
  try {
    operation.matched.wait();
    return "";
  } catch (const std::exception& problem) {
    return problem.what();
  }
}

}  // namespace

void check_nccl(ncclResult_t code, const char* call) {
  if (code == ncclSuccess) return;
  throw CommError(
      format("{} failed on host {}: {} ({})", call, host_name(), ncclGetErrorString(code), ncclGetLastError(nullptr)));
}

Watch::Watch(Communicator& host, Device device, Seconds timeout)
    : host_(host), device_(device), timeout_(timeout), thread_([this] { watch(); }) {}

void Watch::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const ncclComm_t comm : std::exchange(comms_, {}))
    if (ncclCommDestroy(comm) != ncclSuccess) log_warning("NCCL could not close a communicator");
}

void Watch::adopt(ncclComm_t comm) {
  const std::lock_guard lock(mutex_);
  if (cause_.empty()) {
    comms_.push_back(comm);
    return;
  }
  ncclCommAbort(comm);
  throw CommError(cause_);
}

void Watch::check() const {
  const std::lock_guard lock(mutex_);
  if (!cause_.empty()) throw CommError(cause_);
}

void Watch::heed_hosts() {
  if (const std::string cause = host_.abort_cause(); !cause.empty()) abort(cause);
  check();
}

void Watch::add(std::shared_ptr<Pending> operation) {
  const std::lock_guard lock(mutex_);
  pending_.push_back(std::move(operation));
  changed_.notify_all();
}

void Watch::abort(const std::string& cause) noexcept {
  std::vector<ncclComm_t> comms;
  {
    const std::lock_guard lock(mutex_);
    if (!cause_.empty()) return;
    cause_ = cause;
    comms = std::exchange(comms_, {});
  }
  host_.abort(cause);
  // Not under the lock: a rank inside an NCCL call returns from it only now. Also frees them.
  for (const ncclComm_t comm : comms) ncclCommAbort(comm);
}

std::string Watch::nccl_problem(const Pending& oldest) const {
  for (const ncclComm_t comm : comms_) {
    ncclResult_t state = ncclSuccess;
    const bool known = ncclCommGetAsyncError(comm, &state) == ncclSuccess;
    if (!known || state == ncclSuccess || state == ncclInProgress) continue;
    return format("NCCL failed at {} on rank {} of host {}: {}", oldest.what, host_.rank(), host_name(),
                  ncclGetErrorString(state));
  }
  return "";
}

std::string Watch::problem() {
  while (!pending_.empty() && pending_.front()->done.passed() && pending_.front()->matched.done()) {
    if (std::string cause = mismatch(*pending_.front()); !cause.empty()) return cause;
    pending_.pop_front();
  }
  if (pending_.empty()) return "";
  for (const auto& operation : pending_)
    if (std::string cause = mismatch(*operation); !cause.empty()) return cause;
  if (std::string cause = host_.abort_cause(); !cause.empty()) return cause;
  const Pending& oldest = *pending_.front();
  if (std::string cause = nccl_problem(oldest); !cause.empty()) return cause;
  for (const auto& operation : pending_) operation->deadline.look(kLook);  // all of them, to be put off together
  if (!oldest.deadline.passed() || !oldest.matched.done()) return "";
  return format("{} was not done within {} s on the GPU of rank {} of host {}, although every rank has called it",
                oldest.what, format_fixed(timeout_.count(), 1), host_.rank(), host_name());
}

void Watch::watch() {
  cudaSetDevice(device_.index);
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (pending_.empty() || !cause_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, kLook);
    }
    if (!cause_.empty()) continue;
    const std::string cause = problem();
    if (cause.empty()) continue;
    lock.unlock();
    log_error("{}", cause);
    abort(cause);
    lock.lock();
  }
}

}  // namespace trireme::comm::nccl
