#pragma once

#include <functional>

#include "trireme/comm/futex_word.h"
#include "trireme/comm/shared/space.h"
#include "trireme/core/error.h"

namespace trireme::comm {

/// Waits while `word` holds `value`: spins for some microseconds (yields, where ranks outnumber cores), then sleeps in
/// the kernel, so that a waiting rank leaves its core to the others. Looks up after 100 ms, later every 250, and at the
/// deadline: throws CommError when the world has been aborted, and what `late` returns when the deadline has passed or
/// a rank that is waited for is gone (`gone` names it). Extends the deadline by the time in which this process was
/// stopped: its peers may have been, too.
void wait_while(FutexWord& word, uint32_t value, RankContext& context, Deadline& deadline,
                const std::function<std::string()>& gone, const std::function<CommError(const std::string&)>& late);

/// Throws the first cause when the world has been aborted.
void throw_if_aborted(const supervise::StatusBoard& board);

}  // namespace trireme::comm
