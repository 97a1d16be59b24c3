#include "trireme/core/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>

#include "trireme/core/error.h"

namespace trireme {

namespace {

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

}  // namespace

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw io_error("can't create a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

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

int wait_for_exit(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace trireme
