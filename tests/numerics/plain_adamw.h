#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <map>
#include <string>

namespace trireme::tests {

/// AdamW as torch.optim.AdamW writes it, a parameter at a time: what the project's own optimiser is judged
/// by.
struct PlainAdamW {
  double rate, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, decay = 0.1;
  int step_count = 0;
  std::map<std::string, at::Tensor> exp_avg = {}, exp_avg_sq = {};

  /// Steps `parameters` by `gradients` times `gradient_scale`, then zeroes the gradients.
  void step(const std::map<std::string, at::Tensor>& parameters, const std::map<std::string, at::Tensor>& gradients,
            double gradient_scale = 1.0) {
    ++step_count;
    const double correction1 = 1 - std::pow(beta1, step_count), correction2 = 1 - std::pow(beta2, step_count);
    for (const auto& [name, gradient] : gradients) {
      const at::Tensor parameter = parameters.at(name);
      at::Tensor& m = exp_avg.try_emplace(name, at::zeros_like(gradient)).first->second;
      at::Tensor& v = exp_avg_sq.try_emplace(name, at::zeros_like(gradient)).first->second;
      gradient.mul_(gradient_scale);
      m.lerp_(gradient, 1 - beta1);
      v.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
      parameter.mul_(1 - rate * decay);
      parameter.addcdiv_(m, (v.sqrt() / std::sqrt(correction2)).add_(eps), -rate / correction1);
      gradient.zero_();
    }
  }
};

}  // namespace trireme::tests
