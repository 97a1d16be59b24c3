#pragma once

namespace trireme::engine {

/// From now on every CPU tensor counts in device/memory_count.h. Call once, before the first tensor.
void count_cpu_tensors();

}  // namespace trireme::engine
