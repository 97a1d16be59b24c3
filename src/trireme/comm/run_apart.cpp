#include "trireme/comm/run_apart.h"

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "trireme/core/thread.h"

namespace trireme::comm {

namespace {

struct Call {
  std::mutex mutex;
  std::condition_variable ended;
  bool is_done = false, is_left = false;
  std::exception_ptr error;
};

}  // namespace

void run_apart(std::function<void()> call, std::function<void()> undo, const std::function<void()>& heed) {
  const auto state = std::make_shared<Call>();
  const auto run = [state, call = std::move(call), undo = std::move(undo)] {
    std::exception_ptr error;
    try {
      call();
    } catch (...) {
      error = std::current_exception();
    }
    std::unique_lock lock(state->mutex);
    state->error = error;
    state->is_done = true;
    const bool is_left = state->is_left;
    lock.unlock();
    state->ended.notify_all();
    if (is_left && !error) undo();
  };
  start_thread([&] { return std::thread(run); }).detach();
  std::unique_lock lock(state->mutex);
  while (!state->ended.wait_for(lock, kHeedInterval, [&] { return state->is_done; })) {
    lock.unlock();
    std::exception_ptr problem;
    try {
      heed();
    } catch (...) {
      problem = std::current_exception();
    }
    lock.lock();
    if (!problem) continue;
    const bool done_meanwhile = state->is_done;
    state->is_left = true;
    lock.unlock();
    if (done_meanwhile && !state->error) undo();
    std::rethrow_exception(problem);
  }
  if (state->error) std::rethrow_exception(state->error);
}

}  // namespace trireme::comm
