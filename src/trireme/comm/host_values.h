#pragma once

#include <span>
#include <string>
#include <vector>

#include "trireme/comm/communicator.h"

// Numbers and texts of the host, exchanged by all ranks of a group. Collective; they block until all ranks have given
// theirs, and throw CommError.
namespace trireme::comm {

/// Every rank's numbers, rank after rank. REQUIRES: equally many on each.
std::vector<double> gather_numbers(Communicator& group, std::span<const double> mine);
/// Every rank's text, by rank.
std::vector<std::string> gather_texts(Communicator& group, const std::string& mine);
/// The largest value of any rank.
double max_over(Communicator& group, double mine);

}  // namespace trireme::comm
