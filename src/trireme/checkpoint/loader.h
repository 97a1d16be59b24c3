#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trireme/comm/communicator.h"
#include "trireme/formats/checkpoint_manifest.h"
#include "trireme/formats/state_piece.h"

namespace trireme::checkpoint {

struct LoadedState {
  fs::path folder;
  formats::TrainingState state;
  std::vector<std::string> warnings;  // newer checkpoints that could not be used, and why
};

/// Fills this rank's pieces from one checkpoint, whatever ranks and layout saved it. Collective. Throws on every rank
/// the gravest failure, naming the first rank that had it: FormatError when the checkpoint is damaged or incomplete,
/// naming the file; ConfigError when it is of another model or optimizer; IoError when the system refused memory or a
/// file that may be whole.
LoadedState load(const fs::path& folder, std::span<const formats::StatePiece> pieces, comm::Communicator& communicator);

/// From the newest checkpoint in `root` that is whole; a damaged or incomplete one is named in a warning and the one
/// before it is used. None when there is no checkpoint at all. Collective. Throws ConfigError and IoError as above, so
/// that no checkpoint is passed over which may be whole, and FormatError when there are checkpoints but none can be
/// used: starting anew must be the user's choice.
std::optional<LoadedState> load_latest(const fs::path& root, std::span<const formats::StatePiece> pieces,
                                       comm::Communicator& communicator);

/// The state in the newest manifest that can be read, without its tensors. None when there is none. Not collective.
std::optional<LoadedState> newest_state(const fs::path& root);

}  // namespace trireme::checkpoint
