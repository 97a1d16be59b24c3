#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "trireme/checkpoint/folder.h"
#include "trireme/checkpoint/save_plan.h"
#include "trireme/checkpoint/staging_buffer.h"
#include "trireme/comm/communicator.h"
#include "trireme/formats/checkpoint_manifest.h"
#include "trireme/formats/state_piece.h"

/// Sharded checkpoints: docs/formats/checkpoint.md.
namespace trireme::checkpoint {

using formats::StatePiece;
using formats::TrainingState;

struct WriterOptions {
  Retention retention = {};
  bool asynchronous = true;      // write in the background from a copy; needs the shard's size in memory
  std::string generation = "0";  // of the restart: unfinished folders of another one are swept away
  std::map<std::string, std::string> files = {};  // name -> text, put beside the manifest: tokenizer.json
};

/// Saves the state of all ranks of a group into `root`/step_NNNNNNNN. Every rank writes one file; rank 0 writes the
/// manifest last and renames the folder, so a checkpoint is whole or does not exist.
class CheckpointWriter {
 public:
  /// Collective. Makes the folder and sweeps unfinished saves. Splits a communicator off `communicator` for the
  /// background thread. Throws IoError on every rank when rank 0 can't write there, or when another rank's `root` is
  /// not the same folder.
  CheckpointWriter(fs::path root, comm::Communicator& communicator, WriterOptions options);
  /// Waits for a save under way; its failure is logged.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Agrees on who writes what and allocates the copy, so that the first save blocks no longer than later ones.
  /// Collective; `save` does it when it was not called. The pieces' layout stays the same from then on.
  void prepare(std::span<const StatePiece> pieces);

  /// Collective. Waits for the save before it and throws what that one failed with: then nothing of this one is done
  /// and older checkpoints stand. Asynchronous: returns when the pieces are copied; they may change from then on.
  /// Pieces that several ranks hold must be equal. Throws IoError or CommError, on every rank.
  void save(const TrainingState& state, std::span<const StatePiece> pieces);

  /// Until the last save is on the disk, or throws what it failed with.
  void wait();

 private:
  /// Does this rank's part of the start; throws on every rank what failed on any.
  void agree(const std::function<void()>& part);
  void write(const TrainingState& state, std::span<const std::span<const std::byte>> parts);
  void finish_on_rank_0(const TrainingState& state, const std::vector<std::string>& reports,
                        const fs::path& unfinished);

  fs::path root_;
  WriterOptions options_;
  std::unique_ptr<comm::Communicator> communicator_;
  std::optional<SavePlan> plan_;
  std::string layout_;  // describe_pieces of the plan
  StagingBuffer staging_;
  std::future<void> pending_;
};

}  // namespace trireme::checkpoint
