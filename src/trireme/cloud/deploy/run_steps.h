#pragma once

#include <functional>

#include "trireme/cloud/deploy/step.h"

namespace trireme::cloud {

/// Calls `work` for each step on a thread of its own, as soon as the steps that it needs are done. After a failure
/// starts nothing more; throws the first one once all threads have ended.
void run_steps(const std::vector<Step>& steps, const std::function<void(const Step&)>& work);

/// The same steps, each needing those that needed it: the order of a removal.
std::vector<Step> reversed(const std::vector<Step>& steps);

}  // namespace trireme::cloud
