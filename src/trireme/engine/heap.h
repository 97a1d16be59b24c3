#pragma once

namespace trireme::engine {

/// Tells the C library to keep freed memory for the next step: a step frees and allocates the same activations again,
/// and fresh pages cost more than most of what is computed in them. Call before other threads allocate.
void keep_freed_memory();

}  // namespace trireme::engine
