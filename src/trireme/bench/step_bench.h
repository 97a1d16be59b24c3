#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "trireme/bench/synthetic_batches.h"
#include "trireme/engine/trainer.h"
#include "trireme/kernels/profile.h"
#include "trireme/mesh/mesh.h"

namespace trireme::bench {

/// Times whole training steps on synthetic tokens: what benchmarks/peers does with PyTorch, under the same rules. The
/// first two steps are left out of the medians; the loss is read at the end of each step.
class StepBench {
 public:
  /// `weights`: a safetensors file of initial weights; empty: seeded ones. `tracer` may be null. It and the mesh
  /// outlive this.
  StepBench(const recipe::Recipe& recipe, const mesh::Mesh& mesh, Device device, const std::string& weights,
            telemetry::Tracer* tracer);

  /// Runs train.steps steps. With `profiled`, which is for CPUs, the steps after warm-up are told by family of kernels,
  /// and cost a little more. Collective. On rank 0 one object: tok_s_median, step_ms_median, cpu_ms_median (of all
  /// ranks together), start_to_first_step_s (the slowest rank), peak_rss_mb, pss_mb and
  /// peak_tensors_mb (on its device) by rank, losses, with `profiled` profile (of rank 0, see step_profile.h); an empty
  /// object elsewhere.
  nlohmann::ordered_json run(bool profiled);

 private:
  struct Timings {
    std::vector<double> losses, seconds, cpu_seconds;  // by step
    double first_step_at = 0.0;                        // seconds since the process started
  };
  Timings take_steps(kernels::Profile* profile);

  recipe::Recipe recipe_;
  const mesh::Mesh& mesh_;
  Device device_;
  std::string weights_;
  SyntheticBatches batches_;
  engine::Trainer trainer_;
};

}  // namespace trireme::bench
