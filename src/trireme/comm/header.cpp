#include "trireme/comm/header.h"

#include "trireme/core/format.h"

namespace trireme::comm {

namespace {

std::string describe(const std::string& group, int rank, const Header& header) {
  const auto op = static_cast<Op>(header.op);
  const std::string what = format("rank {} called {} #{} of {}", rank, name_of(op), header.sequence, group);
  if (op == Op::kBarrier) return what;
  return format("{} ({} {}{})", what, header.count, name_of(static_cast<DType>(header.dtype)),
                header.root >= 0 ? format(", root {}", header.root) : "");
}

}  // namespace

Header header_of(const Operation& operation) {
  return {.op = static_cast<int32_t>(operation.op),
          .dtype = static_cast<int32_t>(operation.in.dtype),
          .reduce = static_cast<int32_t>(operation.reduce),
          .root = operation.peer.value(),
          .sequence = operation.sequence,
          .count = matched_count(operation)};
}

std::string describe_mismatch(const std::string& group, int rank_a, const Header& a, int rank_b, const Header& b) {
  return format(
      "{}, but {}. All ranks of a group must call the same operations in the same order with equal counts and dtypes.",
      describe(group, rank_a, a), describe(group, rank_b, b));
}

std::string describe_wrong_message(const std::string& group, int from, const Header& sent, int to,
                                   const Operation& receive) {
  const Buffer& out = receive.out;
  if (sent.sequence != receive.sequence) {
    return format("rank {} sends #{} to rank {} of {}, which expects #{}: a message was lost or came twice", from,
                  sent.sequence, to, group, receive.sequence);
  }
  if (sent.count == out.count && sent.dtype == static_cast<int32_t>(out.dtype)) return "";
  return format("rank {} sends {} {} to rank {} of {}, which expects {} {}", from, sent.count,
                name_of(static_cast<DType>(sent.dtype)), to, group, out.count, name_of(out.dtype));
}

std::string describe_wrong_piece(const Operation& operation, const std::string& group, int from, int64_t sent, int to,
                                 int64_t expected) {
  return format("all_to_all #{} of {}: rank {} sends {} elements to rank {}, which expects {}", operation.sequence,
                group, from, sent, to, expected);
}

}  // namespace trireme::comm
