#pragma once

#include <chrono>
#include <functional>

namespace trireme::comm {

inline constexpr std::chrono::milliseconds kHeedInterval{50};

/// Runs `call`, which nothing can interrupt, in a thread of its own, and returns when it has. Calls `heed` every
/// kHeedInterval meanwhile: when that throws, so does this, at once, and the thread is left to itself; should `call`
/// return after all, it runs `undo`. Throws what `call` throws. The two must own what they use.
void run_apart(std::function<void()> call, std::function<void()> undo, const std::function<void()>& heed);

}  // namespace trireme::comm
