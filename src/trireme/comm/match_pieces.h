#pragma once

#include "trireme/comm/communicator.h"
#include "trireme/comm/operation.h"

namespace trireme::comm {

/// `host.match(operation)` for an all_to_all, which also compares what each rank sends with what its peer expects:
/// where they differ the receiver's Work throws CommError, for its caller to abort the group with. Dropping the Work
/// blocks until the peers have told their counts.
Work match_pieces(Communicator& host, Operation& operation);

}  // namespace trireme::comm
