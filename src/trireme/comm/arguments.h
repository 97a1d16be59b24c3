#pragma once

#include <span>
#include <string>

#include "trireme/comm/communicator.h"

namespace trireme::comm {

// What every back-end asks of the arguments of a collective of `group`, a communicator of `size` ranks. TRIREME_CHECK.

void check_all_gather(const std::string& group, int size, const Buffer& in, const Buffer& out);
void check_reduce_scatter(const std::string& group, int size, const Buffer& in, const Buffer& out);
/// Equal pieces.
void check_all_to_all(const std::string& group, int size, const Buffer& in, const Buffer& out);
void check_all_to_all(const std::string& group, int size, const Buffer& in, std::span<const int64_t> in_counts,
                      const Buffer& out, std::span<const int64_t> out_counts);

}  // namespace trireme::comm
