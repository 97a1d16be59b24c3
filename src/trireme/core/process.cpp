#include "trireme/core/process.h"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/core/spawn.h"

namespace trireme {

namespace {

/// Appends what is there; closes the pipe at its end.
void take_in(UniqueFd& pipe, std::string& text) {
  std::array<char, 65536> bytes;
  const ssize_t count = ::read(pipe.get(), bytes.data(), bytes.size());
  if (count > 0) text.append(bytes.data(), static_cast<size_t>(count));
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) pipe.reset();
}

/// False when `deadline` came first.
bool read_both(UniqueFd& out, UniqueFd& err, ProgramResult& result, Deadline deadline) {
  while (out.valid() || err.valid()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline.at() - Clock::now()).count();
    if (left <= 0) return false;
    pollfd ready[] = {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}};
    if (::poll(ready, 2, static_cast<int>(std::min<long long>(left, 60000))) <= 0) continue;
    if (ready[0].revents != 0) take_in(out, result.out);
    if (ready[1].revents != 0) take_in(err, result.err);
  }
  return true;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, Seconds limit) {
  Pipe out = make_pipe(), err = make_pipe();
  const pid_t child = spawn(words, out.write, err.write);
  out.write.reset();
  err.write.reset();
  ProgramResult result;
  const bool ended = read_both(out.read, err.read, result, Deadline::after(limit));
  if (!ended) ::kill(child, SIGKILL);
  result.exit_status = wait_for_exit(child);
  if (!ended)
    throw ProgramTimeout(format("{} did not end within {}; it was killed", words[0], format_seconds(limit.count())));
  return result;
}

std::string process_space() {
  std::error_code problem;
  const std::string boot = read_file("/proc/sys/kernel/random/boot_id");
  const fs::path numbers = fs::read_symlink("/proc/self/ns/pid", problem);  // "pid:[4026531836]"
  if (problem) throw IoError(format("can't read /proc/self/ns/pid: {}", problem.message()));
  return boot.substr(0, boot.find('\n')) + "/" + numbers.string();
}

fs::path this_executable() {
  std::error_code problem;
  const fs::path path = fs::read_symlink("/proc/self/exe", problem);
  if (problem) throw IoError(format("can't read /proc/self/exe: {}", problem.message()));
  return path;
}

}  // namespace trireme
