#include "trireme/plan/step_walk.h"

#include <deque>

namespace trireme::plan {

namespace {

/// Bytes of a parallel::BufferPool: a freed buffer is kept for the next taker of equal size, and given back
/// to the system when another size is asked for.
class PoolBytes {
 public:
  void take(int64_t bytes) {
    if (!idle_.empty() && idle_.back() == bytes) {
      idle_.pop_back();
      return;
    }
    for (const int64_t freed : idle_) live_ -= freed;
    idle_.clear();
    live_ += bytes;
  }
  void give(int64_t bytes) { idle_.push_back(bytes); }
  int64_t live() const { return live_; }

 private:
  std::vector<int64_t> idle_;
  int64_t live_ = 0;
};

class Walk {
 public:
  Walk(const std::vector<Unit>& units, const std::vector<LayerCost>& layers, const WalkOptions& options)
      : units_(units),
        layers_(layers),
        options_(options),
        acquired_(layers.size(), false),
        users_(units.size(), 0),
        has_gradient_(units.size(), false) {}

  void microbatch() {
    walk_.unit_gathers.assign(units_.size(), 0);
    forward();
    backward();
  }
  StepWalk result() && { return std::move(walk_); }

 private:
  void forward() {
    const size_t last = layers_.size() - 1;
    acquire(0);
    for (size_t i = 0; i <= last; ++i) {
      if (i < last) acquire(i + 1);
      if (layers_[i].gradients_in_forward) {
        drain(0);
        take_gradients(i);
      }
      record(layers_[i].name + " forward", layers_[i].forward_workspace);
      saved_ += layers_[i].saved;
      if (i < last && options_.reshard_after_forward) release(i);
    }
  }

  void backward() {
    std::vector<size_t> uses_left;
    for (const Unit& unit : units_) uses_left.push_back(unit.layers.size());
    for (size_t i = layers_.size(); i-- > 0;) {
      if (i > 0) acquire(i - 1);
      drain(1);
      take_gradients(i);
      record(layers_[i].name + " backward", layers_[i].backward_workspace);
      saved_ -= layers_[i].saved;
      release(i);
      for (const size_t unit : layers_[i].units) {
        if (--uses_left[unit] == 0 && !units_[unit].frozen) reduce(unit);
      }
    }
  }

  void acquire(size_t layer) {
    if (!options_.shards_parameters || acquired_[layer]) return;
    acquired_[layer] = true;
    for (const size_t unit : layers_[layer].units) {
      if (users_[unit]++ > 0) continue;
      values_of(unit).take(value_bytes(unit));
      ++walk_.unit_gathers[unit];
    }
  }

  void release(size_t layer) {
    if (!acquired_[layer]) return;
    acquired_[layer] = false;
    for (const size_t unit : layers_[layer].units) {
      if (--users_[unit] == 0) values_of(unit).give(value_bytes(unit));
    }
  }

  void take_gradients(size_t layer) {
    if (!options_.shards_gradients) return;
    for (const size_t unit : layers_[layer].units) {
      if (has_gradient_[unit] || units_[unit].frozen) continue;
      has_gradient_[unit] = true;
      gradients_.take(gradient_bytes(unit));
    }
  }

  void reduce(size_t unit) {
    reducing_.push_back(unit);
    if (options_.narrows_gradients) gradients_.take(gradient_bytes(unit));
  }

  void drain(size_t keep) {
    while (reducing_.size() > keep) {
      const size_t unit = reducing_.front();
      reducing_.pop_front();
      has_gradient_[unit] = false;
      if (options_.shards_gradients || options_.narrows_gradients) gradients_.give(gradient_bytes(unit));
    }
  }

  void record(const std::string& moment, int64_t workspace) {
    const LiveBytes now{values_.live() + frozen_values_.live(), gradients_.live(), saved_, workspace};
    if (now.total() <= walk_.peak.total()) return;
    walk_.peak = now;
    walk_.moment = moment;
  }

  PoolBytes& values_of(size_t unit) { return units_[unit].frozen ? frozen_values_ : values_; }
  int64_t value_bytes(size_t unit) const { return units_[unit].padded_numel() * size_of(options_.dtypes.compute); }
  int64_t gradient_bytes(size_t unit) const { return units_[unit].padded_numel() * size_of(options_.dtypes.reduce); }

  const std::vector<Unit>& units_;
  const std::vector<LayerCost>& layers_;
  const WalkOptions& options_;
  PoolBytes values_, frozen_values_, gradients_;
  int64_t saved_ = 0;
  std::vector<bool> acquired_;      // by layer
  std::vector<int> users_;          // by unit
  std::vector<bool> has_gradient_;  // by unit
  std::deque<size_t> reducing_;
  StepWalk walk_;
};

}  // namespace

StepWalk walk_step(const std::vector<Unit>& units, const std::vector<LayerCost>& layers, const WalkOptions& options) {
  Walk walk(units, layers, options);
  walk.microbatch();
  walk.microbatch();  // finds the pools as the one before left them, as every later one does
  return std::move(walk).result();
}

}  // namespace trireme::plan
