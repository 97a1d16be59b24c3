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

/// Who is to run a job: the worker, so that it proceeds while its owner does other things, or its owner, who waits for
/// it at once and is spared two switches of threads. The worker runs the latter too if it is awake first.
enum class RunBy { kWorker, kWaiter };

/// Runs blocking jobs one after the other, in the order they were pushed. A thread that waits for a job whose turn has
/// come runs it itself.
class Queue : public std::enable_shared_from_this<Queue> {
 public:
  /// Called when a wait passes its own deadline before the job is done; returns what the waiter throws.
  using Late = std::function<std::exception_ptr()>;

  ~Queue() { close(); }
  Work push(std::function<void()> job, Late late, RunBy run_by = RunBy::kWorker);
  /// Runs what is left and ends the worker. Never throws: failures stay in their Work.
  void close() noexcept;

 private:
  struct Job;

  void work();
  /// REQUIRES: `lock` is held, nothing runs, a job waits. Releases the lock while the job runs.
  void run_first(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_came_, work_done_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool running_ = false;
  bool closing_ = false;
  std::thread worker_;  // started by the first push
};

}  // namespace trireme::comm
