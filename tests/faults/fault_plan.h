#pragma once

#include <cstddef>
#include <string_view>

/// Which system calls of this process go wrong, and how.
///
/// FAULTS is a list of WHO|CALL|WHERE|FIRST|TIMES|ACTION, separated by ";". WHO is a rank, "supervisor" or "*"; CALL a
/// name below or "any"; WHERE a part of the path ("control" for a rank's pipe to its supervisor); the FIRST-th call
/// that matches is struck, and TIMES - 1 after it. ACTION:
///   error=ERRNO    the call fails
///   short          it moves half of the bytes
///   delay=MS       it takes longer
///   signal=NUMBER  the process sends it to itself
///   memory=MIB     from now on the process may map only so much more
///   clock=SECONDS  from now on its wall clock is so much ahead
///   note           nothing: to learn which calls there are
/// FAULT_LOG names a file that gets a line "WHO CALL ACTION PATH" for each strike. Only the processes that a supervisor
/// starts first are struck, not those of a restart.
namespace faults {

enum class Call { kOpen, kRead, kWrite, kSync, kRename, kTruncate, kMkdir, kRemove, kMap };

struct Verdict {
  int error = 0;  // errno; 0: the call goes on
  bool is_short = false;
};

/// To be asked before each call. Sends the signal, waits, or sets the limit itself.
Verdict strike(Call call, const char* path);
Verdict strike(Call call, int fd);
/// How many bytes a call that was cut short moves; whole pages where there are any, as direct I/O needs.
size_t shortened(size_t bytes);
/// Seconds that the wall clock of this process is ahead.
long clock_offset();

}  // namespace faults
