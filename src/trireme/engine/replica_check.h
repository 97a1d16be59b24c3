#pragma once

#include <string>
#include <vector>

#include "trireme/engine/groups.h"
#include "trireme/formats/state_piece.h"
#include "trireme/parallel/sharded_model.h"

namespace trireme::engine {

/// Finds silent corruption: every few steps it compares what several ranks must hold bit for bit, by XXH3 of each
/// tensor. Masters and optimizer state are equal along `replicate`; whole parameters that persist along `batch`.
/// What only one rank holds can't be compared with anything.
///
/// A difference is a DeviceError with the step, the tensor and the ranks that differ from the majority; with no
/// majority it names all. Only the ranks that differ throw it, so that they are the ones to be blamed; the others wait
/// for the abort that follows and end with the same words.
class ReplicaCheck {
 public:
  /// `every_steps` 0: never due.
  ReplicaCheck(int64_t every_steps, Groups groups) : every_steps_(every_steps), groups_(groups) {}

  bool due(int64_t step) const { return on() && step % every_steps_ == 0; }
  bool on() const { return every_steps_ > 0; }

  /// The whole parameters that this step has read; call before the update replaces them. Collective.
  void compare_published(int64_t step, parallel::ShardedModel& model) const;
  /// Masters and optimizer state after the step; once is enough for a step. Collective.
  void compare_state(int64_t step, const std::vector<formats::StatePiece>& pieces);

 private:
  int64_t every_steps_;
  Groups groups_;
  int64_t compared_step_ = -1;
};

}  // namespace trireme::engine
