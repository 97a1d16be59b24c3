#include "trireme/cloud/deploy/run_steps.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace trireme::cloud {

namespace {

class Runner {
 public:
  Runner(const std::vector<Step>& steps, const std::function<void(const Step&)>& work) : steps_(steps), work_(work) {}

  void run() {
    std::unique_lock lock(mutex_);
    while (start_ready(lock) || running_ > 0) changed_.wait(lock, [this] { return news_; });
    lock.unlock();
    for (std::thread& thread : threads_) thread.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  /// Starts every step that waits for nothing. True when it started one.
  bool start_ready(const std::unique_lock<std::mutex>&) {
    news_ = false;
    bool any = false;
    for (const Step& step : steps_) {
      const bool ready = std::all_of(step.needs.begin(), step.needs.end(),
                                     [this](const std::string& name) { return done_.count(name) > 0; });
      if (failure_ || !ready || !started_.insert(step.name).second) continue;
      ++running_;
      any = true;
      threads_.emplace_back([this, &step] { run_one(step); });
    }
    return any;
  }

  void run_one(const Step& step) {
    std::exception_ptr failure;
    try {
      work_(step);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (failure && !failure_) failure_ = failure;
    if (!failure) done_.insert(step.name);
    --running_;
    news_ = true;
    changed_.notify_all();
  }

  const std::vector<Step>& steps_;
  const std::function<void(const Step&)>& work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> started_, done_;
  std::vector<std::thread> threads_;
  std::exception_ptr failure_;
  int running_ = 0;
  bool news_ = false;
};

}  // namespace

void run_steps(const std::vector<Step>& steps, const std::function<void(const Step&)>& work) {
  Runner(steps, work).run();
}

std::vector<Step> reversed(const std::vector<Step>& steps) {
  std::vector<Step> order(steps.rbegin(), steps.rend());
  for (Step& step : order) {
    step.needs.clear();
    for (const Step& other : steps) {
      if (other.needs.count(step.name) > 0) step.needs.insert(other.name);
    }
  }
  return order;
}

}  // namespace trireme::cloud
