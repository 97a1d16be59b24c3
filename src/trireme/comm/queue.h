#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "trireme/comm/work.h"

namespace trireme::comm {

/// Runs blocking jobs one after the other, in the order they were pushed.
///
/// A worker thread, started by the first push, takes them; a thread that waits for a job whose turn has come before the
/// worker woke runs it itself, which saves two thread switches.
class Queue : public std::enable_shared_from_this<Queue> {
 public:
  /// Called when a wait passes its own deadline before the job is done; returns what the waiter throws.
  using Late = std::function<std::exception_ptr()>;

  ~Queue() { close(); }
  Work push(std::function<void()> job, Late late);
  /// Runs what is left and ends the worker. Never throws: failures stay in their Work.
  void close() noexcept;

 private:
  struct Job;

  void work();
  /// REQUIRES: `lock` is held, nothing runs, a job waits. Releases the lock while the job runs.
  void run_first(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool running_ = false;
  bool closing_ = false;
  std::thread worker_;
};

}  // namespace trireme::comm
