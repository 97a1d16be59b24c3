#include "trireme/comm/operation.h"

#include "trireme/core/format.h"

namespace trireme::comm {

std::string_view name_of(Op op) {
  switch (op) {
    case Op::kAllReduce: return "all_reduce";
    case Op::kAllGather: return "all_gather";
    case Op::kReduceScatter: return "reduce_scatter";
    case Op::kAllToAll: return "all_to_all";
    case Op::kBroadcast: return "broadcast";
    case Op::kSend: return "send";
    case Op::kRecv: return "recv";
    case Op::kBarrier: return "barrier";
  }
  return "unknown";
}

bool is_pair(Op op) { return op == Op::kSend || op == Op::kRecv; }

Op peers_view(Op op) { return op == Op::kSend ? Op::kRecv : op == Op::kRecv ? Op::kSend : op; }

size_t lane_of(Op op) { return op == Op::kSend ? 1 : op == Op::kRecv ? 2 : 0; }

int64_t matched_count(const Operation& operation) {
  switch (operation.op) {
    case Op::kReduceScatter:
    case Op::kRecv: return operation.out.count;
    case Op::kBarrier:
    case Op::kAllToAll: return 0;  // pieces of an all_to_all are compared pair by pair
    default: return operation.in.count;
  }
}

std::string short_name(const Operation& operation) {
  if (operation.op == Op::kSend) return format("send to {}", operation.peer);
  if (operation.op == Op::kRecv) return format("recv from {}", operation.peer);
  return std::string(name_of(operation.op));
}

std::string describe(const Operation& operation, const std::string& communicator) {
  const std::string what = format("{} #{} of {}", short_name(operation), operation.sequence, communicator);
  if (operation.op == Op::kBarrier) return what;
  const Buffer& buffer = operation.op == Op::kRecv ? operation.out : operation.in;
  return format("{} ({} {})", what, buffer.count, name_of(buffer.dtype));
}

}  // namespace trireme::comm
