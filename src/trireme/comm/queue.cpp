#include "trireme/comm/queue.h"

#include <utility>

#include "trireme/core/thread.h"

namespace trireme::comm {

struct Queue::Job final : Work::State {
  std::shared_ptr<Queue> queue;
  std::function<void()> run;
  Late late;
  std::atomic<bool> is_done{false};
  std::exception_ptr error;

  bool done() const override { return is_done.load(std::memory_order_acquire); }

  void wait() override {
    if (!done()) {
      std::unique_lock lock(queue->mutex_);
      while (!done()) {
        if (!queue->running_ && !queue->waiting_.empty()) {
          queue->run_first(lock);
        } else {
          queue->work_done_.wait(lock);
        }
      }
    }
    if (error) std::rethrow_exception(error);
  }

  void wait_host(Deadline deadline) override {
    if (deadline.at() == Clock::time_point::max()) return wait();
    {
      std::unique_lock lock(queue->mutex_);
      queue->work_done_.wait_until(lock, deadline.at(), [&] { return done(); });
    }
    if (!done()) std::rethrow_exception(late());
    if (error) std::rethrow_exception(error);
  }
};

Work Queue::push(std::function<void()> run, Late late) {
  auto job = std::make_shared<Job>();
  job->queue = shared_from_this();
  job->run = std::move(run);
  job->late = std::move(late);
  {
    const std::lock_guard lock(mutex_);
    if (!worker_.joinable()) worker_ = start_thread([this] { return std::thread([this] { work(); }); });
    waiting_.push_back(job);
  }
  work_came_.notify_one();
  return Work(std::move(job));
}

void Queue::run(const std::function<void()>& job) {
  std::unique_lock lock(mutex_);
  while (running_ || !waiting_.empty()) running_ ? work_done_.wait(lock) : run_first(lock);
  const std::exception_ptr error = run_unlocked(lock, job);
  run_has_ended();
  lock.unlock();
  if (error) std::rethrow_exception(error);
}

void Queue::run_first(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Job> job = std::move(waiting_.front());
  waiting_.pop_front();
  job->error = run_unlocked(lock, std::exchange(job->run, nullptr));
  job->is_done.store(true, std::memory_order_release);
  run_has_ended();
}

std::exception_ptr Queue::run_unlocked(std::unique_lock<std::mutex>& lock, const std::function<void()>& job) {
  running_ = true;
  lock.unlock();
  std::exception_ptr error;
  try {
    job();
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  running_ = false;
  return error;
}

void Queue::run_has_ended() {
  work_done_.notify_all();
  if (closing_ || !waiting_.empty()) work_came_.notify_one();
}

void Queue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_came_.wait(lock, [&] { return !running_ && (closing_ || !waiting_.empty()); });
    if (waiting_.empty()) return;
    run_first(lock);
  }
}

void Queue::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_came_.notify_one();
  if (worker_.joinable()) worker_.join();
}

}  // namespace trireme::comm
