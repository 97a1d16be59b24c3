#pragma once

#include <atomic>
#include <thread>

#include "trireme/comm/queued_communicator.h"

namespace trireme::testing {

enum class MessageFault { kNone, kDrop, kDuplicate, kDelay };

struct FaultPlan {
  MessageFault fault = MessageFault::kNone;
  int rank = 0;
  int at = 1;  // of the rank's operations, from 1
  Seconds delay{0};
};

/// A transport that spoils one operation of one rank, below the numbering of operations: what a network does to the
/// messages of a rank that itself behaves. A dropped send is gone though its sender is told that it went; any other
/// dropped operation reaches nobody and waits for what never comes.
class FaultyBackend final : public comm::BlockingBackend {
 public:
  /// `on_strike` hears of the spoilt operation, on the rank's own thread.
  FaultyBackend(std::unique_ptr<comm::BlockingBackend> inner, const FaultPlan& plan,
                std::function<void(const comm::Operation&)> on_strike)
      : inner_(std::move(inner)), plan_(plan), on_strike_(std::move(on_strike)) {}

  Rank rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  std::string_view kind() const override { return inner_->kind(); }
  bool supports(comm::Op op, DType dtype, DeviceKind device) const override {
    return inner_->supports(op, dtype, device);
  }
  std::unique_ptr<comm::Memory> allocate(Bytes size) override { return inner_->allocate(size); }
  std::unique_ptr<comm::BlockingBackend> split(int color, int key, const std::string& name) override {
    return inner_->split(color, key, name);
  }
  void abort(const std::string& cause) noexcept override { inner_->abort(cause); }
  std::string abort_cause() const override { return inner_->abort_cause(); }
  CommError late(const comm::Operation& operation) noexcept override { return inner_->late(operation); }

  void run(const comm::Operation& operation) override {
    if (rank().value() != plan_.rank || ++count_ != plan_.at) return inner_->run(operation);
    on_strike_(operation);
    if (plan_.fault == MessageFault::kDrop) return drop(operation);
    if (plan_.fault == MessageFault::kDelay) std::this_thread::sleep_for(plan_.delay);
    inner_->run(operation);
    if (plan_.fault == MessageFault::kDuplicate) inner_->run(operation);
  }

 private:
  void drop(const comm::Operation& operation) {
    if (operation.op == comm::Op::kSend) return;
    while (inner_->abort_cause().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    throw CommError(inner_->abort_cause());
  }

  std::unique_ptr<comm::BlockingBackend> inner_;
  FaultPlan plan_;
  std::function<void(const comm::Operation&)> on_strike_;
  std::atomic<int> count_{0};  // sends and receives run at once
};

}  // namespace trireme::testing
