#pragma once

#include <cstdint>
#include <string>

#include "trireme/comm/operation.h"

namespace trireme::comm {

/// What all ranks of a group must agree on before they move data. Plain numbers: it lies in shared memory and travels
/// by MPI.
struct Header {
  int32_t op, dtype, reduce, root;
  int64_t sequence;
  int64_t count;  // matched_count()

  bool operator==(const Header&) const = default;
};

Header header_of(const Operation& operation);
/// The text of the CommError when two ranks differ.
std::string describe_mismatch(const std::string& group, int rank_a, const Header& a, int rank_b, const Header& b);
/// The text of the CommError when a receive meets another message than its own; empty: it is its own.
std::string describe_wrong_message(const std::string& group, int from, const Header& sent, int to,
                                   const Operation& receive);
/// The text of the CommError when two ranks of an all_to_all differ in the piece that goes from one to the other.
std::string describe_wrong_piece(const Operation& operation, const std::string& group, int from, int64_t sent, int to,
                                 int64_t expected);

}  // namespace trireme::comm
