#pragma once

namespace trireme::engine {

/// Tells the C library to keep freed memory for the next step: a step frees and allocates the same activations again,
/// and fresh pages cost more than most of what is computed in them. Call before other threads allocate.
void keep_freed_memory();

/// Moves what the heap holds now to huge pages, of which a step in fp32 gains a tenth and more. Call when the first
/// step has allocated what all take.
void heap_to_huge_pages();

}  // namespace trireme::engine
