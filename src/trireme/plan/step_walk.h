#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trireme/plan/units.h"

namespace trireme::plan {

/// What a walk through one step needs to know of each layer.
struct LayerCost {
  std::string name;
  std::vector<size_t> units;       // indices into the units
  int64_t saved = 0;               // bytes that forward leaves for backward
  int64_t forward_workspace = 0;   // bytes
  int64_t backward_workspace = 0;  // bytes
  bool gradients_in_forward = false;
};

struct WalkOptions {
  bool shards_parameters = false;  // whole parameters are gathered for use and freed after
  bool shards_gradients = false;   // whole gradients live from a layer's backward to their reduction
  bool narrows_gradients = false;  // copies of persistent whole gradients live while they are reduced
  bool reshard_after_forward = true;
  Dtypes dtypes;
};

/// Bytes of one rank beyond its persistent state, at one moment.
struct LiveBytes {
  int64_t gathered = 0;          // whole parameters, the prefetched layer's and idle buffers included
  int64_t gradient_buffers = 0;  // whole gradients, those in reduction and idle buffers included
  int64_t saved = 0;
  int64_t workspace = 0;

  int64_t total() const { return gathered + gradient_buffers + saved + workspace; }
};

struct StepWalk {
  LiveBytes peak;
  std::string moment;                 // "model.layers.3 backward"
  std::vector<int64_t> unit_gathers;  // all_gathers of each unit in one microbatch
};

/// Walks forward and backward of a microbatch in the order of parallel/sharded_model.cpp: the next layer's
/// units are gathered while one computes, one reduction is in flight, and freed buffers wait for a unit of
/// equal size.
StepWalk walk_step(const std::vector<Unit>& units, const std::vector<LayerCost>& layers, const WalkOptions& options);

}  // namespace trireme::plan
