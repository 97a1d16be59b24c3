#include "trireme/comm/nccl/nccl_watch.h"

#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"

namespace trireme::comm::nccl {

namespace {
constexpr auto kLook = std::chrono::milliseconds(50);
}

void check_nccl(ncclResult_t code, const char* call) {
  if (code == ncclSuccess) return;
  throw CommError(
      format("{} failed on host {}: {} ({})", call, host_name(), ncclGetErrorString(code), ncclGetLastError(nullptr)));
}

Watch::Watch(ncclComm_t comm, Communicator& host, Device device, Seconds timeout)
    : comm_(comm), host_(host), device_(device), timeout_(timeout), thread_([this] { watch(); }) {}

void Watch::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (comm_ != nullptr && ncclCommDestroy(comm_) != ncclSuccess)
    log_warning("NCCL could not close group {}", host_.name());
  comm_ = nullptr;
}

void Watch::check() const {
  const std::lock_guard lock(mutex_);
  if (!cause_.empty()) throw CommError(cause_);
}

void Watch::add(std::shared_ptr<Pending> operation) {
  const std::lock_guard lock(mutex_);
  pending_.push_back(std::move(operation));
  changed_.notify_all();
}

void Watch::abort(const std::string& cause) noexcept {
  const std::lock_guard lock(mutex_);
  if (!cause_.empty()) return;
  cause_ = cause;
  if (comm_ != nullptr) ncclCommAbort(comm_);  // also frees it
  comm_ = nullptr;
  host_.abort(cause);
}

std::string Watch::problem() {
  while (!pending_.empty() && cudaEventQuery(pending_.front()->done.get()) == cudaSuccess) pending_.pop_front();
  ncclResult_t state = ncclSuccess;
  if (comm_ != nullptr && ncclCommGetAsyncError(comm_, &state) == ncclSuccess && state != ncclSuccess &&
      state != ncclInProgress) {
    return format("NCCL failed in group {} on rank {} of host {}: {}", host_.name(), host_.rank(), host_name(),
                  ncclGetErrorString(state));
  }
  if (pending_.empty() || !pending_.front()->deadline.passed()) return "";
  return format("{} was not done within {} s on rank {} of host {}; the logs of the other ranks say where they stand",
                pending_.front()->what, format_fixed(timeout_.count(), 1), host_.rank(), host_name());
}

void Watch::watch() {
  cudaSetDevice(device_.index);
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (pending_.empty()) {
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
