#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "trireme/catalog/gpu_peaks.h"
#include "trireme/plan/plan.h"

namespace trireme::cli {

/// Least time that the model's FLOPs take on a device. Without a device, or without its peak, it is unknown.
struct TimeFloor {
  std::string device;  // as asked for; may be empty
  std::optional<double> peak_flops;
  std::optional<double> step_seconds;
};
TimeFloor time_floor(const plan::Plan& plan, int64_t seq_len, const std::string& device);

/// What `trireme plan` prints.
std::string plan_text(const plan::Plan& plan, const recipe::Recipe& recipe, const TimeFloor& floor);
nlohmann::ordered_json plan_json(const plan::Plan& plan, const recipe::Recipe& recipe, const TimeFloor& floor);

}  // namespace trireme::cli
