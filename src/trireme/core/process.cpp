#include "trireme/core/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "trireme/core/error.h"
#include "trireme/core/file.h"

namespace trireme {

namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw io_error("can't create a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// posix_spawn's list of what happens to descriptors between fork and exec.
class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  void open(int fd, const char* path) { ::posix_spawn_file_actions_addopen(&actions_, fd, path, O_RDONLY, 0); }
  void copy(const UniqueFd& from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

pid_t spawn(std::vector<std::string> words, const UniqueFd& out, const UniqueFd& err) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  FileActions actions;
  actions.open(STDIN_FILENO, "/dev/null");
  actions.copy(out, STDOUT_FILENO);
  actions.copy(err, STDERR_FILENO);
  pid_t child = -1;
  errno = ::posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ);
  if (errno != 0) throw io_error("can't start {}", words[0]);
  return child;
}

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
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended)
    throw ProgramTimeout(format("{} did not end within {}; it was killed", words[0], format_seconds(limit.count())));
  result.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace trireme
