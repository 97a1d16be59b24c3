#pragma once

#include <cstdint>

#include "trireme/recipe/recipe.h"

namespace trireme::optim {

/// The learning rate's factor, 1 at its peak, as a pure function of the number of steps already taken, so that
/// a resumed run needs no state. Every schedule starts with `warmup_steps` of linear warm-up: after n steps the factor
/// is (n + 1) / warmup_steps. What follows is measured by u, the share of the decay that has passed, from 0 to 1.
class LearningRate {
 public:
  /// `total_steps` ends the decay where `schedule.decay_steps` is 0.
  /// Throws ConfigError for an unknown name, or warm-up and decay that do not fit.
  LearningRate(const recipe::Schedule& schedule, double peak, int64_t total_steps);

  /// Of the step that follows `steps_taken` steps.
  double at(int64_t steps_taken) const { return peak_ * factor(steps_taken); }
  double factor(int64_t steps_taken) const;

 private:
  using Decay = double (*)(const LearningRate&, int64_t);

  double share(int64_t steps_taken) const;
  static double constant(const LearningRate& rate, int64_t steps_taken);
  static double linear(const LearningRate& rate, int64_t steps_taken);
  static double cosine(const LearningRate& rate, int64_t steps_taken);
  static double wsd(const LearningRate& rate, int64_t steps_taken);
  static double inverse_sqrt(const LearningRate& rate, int64_t steps_taken);
  static Decay decay_named(const std::string& name);

  double peak_;
  double min_ratio_;
  int64_t warmup_;
  int64_t begin_;  // steps taken when the decay starts
  int64_t end_;    // and when it ends
  Decay decay_;
};

}  // namespace trireme::optim
