#pragma once

#include <span>
#include <string>
#include <vector>

#include "trireme/comm/communicator.h"
#include "trireme/formats/checkpoint_manifest.h"
#include "trireme/formats/state_piece.h"

namespace trireme::checkpoint {

/// Who writes what. A piece that several ranks hold is written by the one that has the least to write.
struct SavePlan {
  std::vector<size_t> mine;              // this rank's share: indices into its pieces, in file order
  std::string header;                    // of this rank's safetensors file; the pieces follow back to back
  int64_t file_bytes = 0;                // of this rank's file
  formats::CheckpointManifest manifest;  // tensors and files; state and checksums are added at each save
};

/// "rank_00003.safetensors"
std::string shard_file_name(int rank);

/// Text that says which pieces these are, without their bytes: equal for equal layouts.
std::string describe_pieces(std::span<const formats::StatePiece> pieces);

/// From every rank's describe_pieces, by rank. Throws BugError when ranks disagree on a tensor's shape or dtype, or
/// when the pieces together do not make up whole tensors.
SavePlan make_save_plan(const std::vector<std::string>& descriptions, int rank);

}  // namespace trireme::checkpoint
