#include "trireme/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trireme/core/error.h"

namespace trireme::optim {

LearningRate::LearningRate(const recipe::Schedule& schedule, double peak, int64_t total_steps)
    : peak_(peak),
      min_ratio_(schedule.min_ratio),
      warmup_(schedule.warmup_steps),
      begin_(schedule.warmup_steps),
      end_(schedule.decay_steps > 0 ? schedule.decay_steps : total_steps),
      decay_(decay_named(schedule.name)) {
  if (schedule.name == "wsd") {
    const int64_t length = schedule.decay_steps > 0 ? schedule.decay_steps : total_steps / 10;
    begin_ = total_steps - length;
    end_ = total_steps;
  }
  const bool decays = schedule.name != "constant" && schedule.name != "inverse_sqrt";
  if (decays && begin_ < warmup_)
    throw ConfigError(format("schedule.decay_steps: {} steps of decay and {} of warm-up do not fit in {} steps",
                             end_ - begin_, warmup_, total_steps));
  if (decays && end_ < begin_)
    throw ConfigError(format("schedule.warmup_steps: {} is past the end of the decay at step {}", warmup_, end_));
}

LearningRate::Decay LearningRate::decay_named(const std::string& name) {
  if (name == "constant") return constant;
  if (name == "linear") return linear;
  if (name == "cosine") return cosine;
  if (name == "wsd") return wsd;
  if (name == "inverse_sqrt") return inverse_sqrt;
  throw ConfigError(format("schedule.name: '{}' is none of constant, linear, cosine, wsd, inverse_sqrt", name));
}

double LearningRate::factor(int64_t steps_taken) const {
  if (steps_taken < warmup_) return static_cast<double>(steps_taken + 1) / static_cast<double>(warmup_);
  return decay_(*this, steps_taken);
}

double LearningRate::share(int64_t steps_taken) const {
  if (steps_taken >= end_) return 1.0;
  if (steps_taken <= begin_) return 0.0;
  return static_cast<double>(steps_taken - begin_) / static_cast<double>(end_ - begin_);
}

double LearningRate::constant(const LearningRate&, int64_t) { return 1.0; }

double LearningRate::linear(const LearningRate& rate, int64_t steps_taken) {
  return 1.0 - (1.0 - rate.min_ratio_) * rate.share(steps_taken);
}

/// SGDR without restarts: https://arxiv.org/abs/1608.03983
double LearningRate::cosine(const LearningRate& rate, int64_t steps_taken) {
  const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * rate.share(steps_taken)));
  return rate.min_ratio_ + (1.0 - rate.min_ratio_) * wave;
}

/// Warm-up, stable, decay, here linear: MiniCPM, https://arxiv.org/abs/2404.06395, and https://arxiv.org/abs/2405.18392
double LearningRate::wsd(const LearningRate& rate, int64_t steps_taken) { return linear(rate, steps_taken); }

/// Attention is all you need, https://arxiv.org/abs/1706.03762, scaled to 1 at the end of the warm-up.
double LearningRate::inverse_sqrt(const LearningRate& rate, int64_t steps_taken) {
  const auto warmup = static_cast<double>(std::max<int64_t>(rate.warmup_, 1));
  return std::max(rate.min_ratio_, std::sqrt(warmup / static_cast<double>(steps_taken + 1)));
}

}  // namespace trireme::optim
