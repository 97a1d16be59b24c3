#include "trireme/supervise/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#include "trireme/core/error.h"
#include "trireme/core/spawn.h"

namespace trireme::supervise {

namespace {

/// Body of the keeper. Holds nothing open but the pipe, so that it keeps no other pipe's reader waiting.
[[noreturn]] void keep_group(int alive) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_NAME, "trireme-keeper");
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  ::dup2(alive, STDIN_FILENO);
  const long limit = ::sysconf(_SC_OPEN_MAX);
  if (::close_range(STDIN_FILENO + 1, ~0u, 0) != 0) {
    for (int fd = STDIN_FILENO + 1; fd < limit; ++fd) ::close(fd);
  }
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  ::kill(0, SIGKILL);
  ::_exit(0);
}

/// "NAME=value" of this process with `changes` on top.
std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> merged = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool changed = false;
    for (const std::string& change : changes) changed |= change.compare(0, name.size(), name) == 0;
    if (!changed) merged.emplace_back(text);
  }
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Between fork and exec: only async-signal-safe calls. Returns on failure, with errno set.
void become_child(const ChildSetup& setup, pid_t parent, char* const* argv, char* const* envp) {
  ::setpgid(0, setup.group);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // the parent died before the line above
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  if (setup.output >= 0) ::dup2(setup.output, STDOUT_FILENO);
  if (setup.errors >= 0) ::dup2(setup.errors, STDERR_FILENO);
  for (const int fd : setup.inherited) ::fcntl(fd, F_SETFD, 0);
  reset_signals();
  ::execve(argv[0], argv, envp);
}

}  // namespace

ProcessGroup::ProcessGroup() {
  Pipe pipe = make_pipe();
  keeper_ = ::fork();
  if (keeper_ < 0) throw io_error("can't start a process");
  if (keeper_ == 0) {
    pipe.write.reset();
    keep_group(pipe.read.get());
  }
  ::setpgid(keeper_, keeper_);  // here as well: whoever of the two runs first
  alive_ = std::move(pipe.write);
}

ProcessGroup::~ProcessGroup() {
  kill_all();
  while (::waitpid(-keeper_, nullptr, 0) > 0) {
  }
}

void ProcessGroup::kill_all() const noexcept { ::kill(-keeper_, SIGKILL); }

pid_t spawn_child(const ChildSetup& setup) {
  std::vector<std::string> words = setup.arguments;
  words.insert(words.begin(), setup.executable.string());
  std::vector<std::string> environment = merged_environment(setup.environment);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(environment);

  // Closed by a successful exec; carries errno of a failed one.
  Pipe failure = make_pipe();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw io_error("can't start {}", setup.executable.string());
  if (child == 0) {
    become_child(setup, parent, argv.data(), envp.data());
    const int problem = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure.write.get(), &problem, sizeof problem);
    ::_exit(127);
  }
  ::setpgid(child, setup.group);
  failure.write.reset();
  int problem = 0;
  if (::read(failure.read.get(), &problem, sizeof problem) == sizeof problem) {
    ::waitpid(child, nullptr, 0);
    errno = problem;
    throw io_error("can't start {}", setup.executable.string());
  }
  return child;
}

}  // namespace trireme::supervise
