#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "trireme/comm/work.h"

namespace trireme::comm {

/// Runs blocking jobs one after the other, in the order they came. A worker thread takes those that were pushed; a
/// thread that waits for a job whose turn has come runs it itself, which saves two switches of threads.
class Queue : public std::enable_shared_from_this<Queue> {
 public:
  /// Called when a wait passes its own deadline before the job is done; returns what the waiter throws.
  using Late = std::function<std::exception_ptr()>;

  ~Queue() { close(); }
  Work push(std::function<void()> job, Late late);
  /// Runs it on the calling thread after those that came before, and throws what it throws.
  void run(const std::function<void()>& job);
  /// Runs what is left and ends the worker. Never throws: failures stay in their Work.
  void close() noexcept;

 private:
  struct Job;

  void work();
  /// REQUIRES: `lock` is held, nothing runs, a job waits.
  void run_first(std::unique_lock<std::mutex>& lock);
  /// REQUIRES: `lock` is held, nothing runs. Releases it while the job runs. Returns what the job threw.
  std::exception_ptr run_unlocked(std::unique_lock<std::mutex>& lock, const std::function<void()>& job);
  void run_has_ended();

  std::mutex mutex_;
  std::condition_variable work_came_, work_done_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool running_ = false;
  bool closing_ = false;
  std::thread worker_;  // started by the first push
};

}  // namespace trireme::comm
