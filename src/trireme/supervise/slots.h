#pragma once

#include "trireme/recipe/recipe.h"

namespace trireme::supervise {

/// NVIDIA GPUs of this host that CUDA_VISIBLE_DEVICES leaves visible.
int visible_gpus();

/// Ranks of a run that names none: the product of the degrees; with dp_shard = -1, one a GPU, or the least possible.
int64_t default_ranks(const recipe::Recipe& recipe);

/// Throws UsageError when the run asks for more GPUs than the host has. More ranks than cores work, slowly: a warning.
void check_slots(const recipe::Recipe& recipe, int64_t ranks);

}  // namespace trireme::supervise
