#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trireme/comm/communicator.h"
#include "trireme/comm/operation.h"
#include "trireme/comm/queue.h"
#include "trireme/core/error.h"

namespace trireme::comm {

/// What a back-end for host memory implements: blocking operations. QueuedCommunicator checks arguments and makes
/// them asynchronous.
class BlockingBackend {
 public:
  virtual ~BlockingBackend() = default;

  virtual Rank rank() const = 0;
  virtual int size() const = 0;
  virtual std::string_view kind() const = 0;
  virtual bool supports(Op op, DType dtype, DeviceKind device) const = 0;
  virtual std::unique_ptr<Memory> allocate(Bytes size) = 0;
  /// Blocks until this rank's part is done. Throws CommError. Collectives, sends and receives each come from one thread
  /// at a time, but the three at once. Never called with a group of one.
  virtual void run(const Operation& operation) = 0;
  virtual std::unique_ptr<BlockingBackend> split(int color, int key, const std::string& name) = 0;
  virtual void abort(const std::string& cause) noexcept = 0;
  virtual std::string abort_cause() const = 0;
  /// A wait's own deadline passed before `operation` was done: aborts the group and says where every rank stands.
  virtual CommError late(const Operation& operation) noexcept = 0;
};

/// Tests put faults between the numbering of a rank's operations and their transport; null: nothing.
using Decorate = std::function<std::unique_ptr<BlockingBackend>(std::unique_ptr<BlockingBackend>)>;

/// A communicator whose operations run in three queues: collectives, sends, receives. A send therefore does not
/// block the receive that a peer waits for. A group of one has no threads: its operations are done when they return.
/// Collectives of on_current_stream() run on the calling thread, and throw there.
class QueuedCommunicator final : public Communicator {
 public:
  QueuedCommunicator(std::unique_ptr<BlockingBackend> backend, std::string name, const Decorate& decorate = nullptr);

  Rank rank() const override { return members_->backend->rank(); }
  int size() const override { return members_->size; }
  const std::string& name() const override { return members_->name; }
  std::string_view backend() const override { return members_->backend->kind(); }
  bool supports(Op op, DType dtype, DeviceKind device) const override {
    return members_->backend->supports(op, dtype, device);
  }
  std::unique_ptr<Memory> allocate(Bytes size) override { return members_->backend->allocate(size); }

  Work all_reduce(Buffer in_out, ReduceOp op) override;
  Work all_gather(Buffer in, Buffer out) override;
  Work reduce_scatter(Buffer in, Buffer out, ReduceOp op) override;
  Work all_to_all(Buffer in, Buffer out) override;
  Work all_to_all(Buffer in, std::span<const int64_t> in_counts, Buffer out,
                  std::span<const int64_t> out_counts) override;
  Work broadcast(Buffer in_out, Rank root) override;
  Work send(Buffer in, Rank to) override;
  Work recv(Buffer out, Rank from) override;
  Work barrier() override;
  Communicator& on_current_stream() override { return on_current_stream_ ? *on_current_stream_ : *this; }
  Work match(Operation& operation) override;
  std::unique_ptr<Communicator> split(int color, int key, std::string name) override;
  void abort(const std::string& cause) noexcept override { members_->backend->abort(cause); }
  std::string abort_cause() const override { return members_->backend->abort_cause(); }

 private:
  struct Members {
    Members(std::unique_ptr<BlockingBackend> of_group, std::string named);
    ~Members();
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    std::unique_ptr<BlockingBackend> backend;
    std::string name;
    int size;
    int64_t collectives_issued = 0;
    std::vector<int64_t> sends_issued, receives_issued;  // by peer
    std::shared_ptr<Queue> collectives, sends, receives;
  };

  /// Whose collectives block.
  explicit QueuedCommunicator(std::shared_ptr<Members> members) : members_(std::move(members)) {}
  Work collective(Operation operation);
  /// Gives the operation its number among those of its kind and returns the queue of that kind.
  Queue& enroll(Operation& operation);
  void check_memory(const Operation& operation) const;
  Work issue(Operation operation, Queue& queue);
  void check_rank(const Operation& operation) const;

  std::shared_ptr<Members> members_;
  std::unique_ptr<QueuedCommunicator> on_current_stream_;  // null: this is it
};

}  // namespace trireme::comm
