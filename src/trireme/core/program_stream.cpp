#include "trireme/core/program_stream.h"

#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

#include "trireme/core/error.h"
#include "trireme/core/spawn.h"

namespace trireme {

ProgramStream::ProgramStream(const std::vector<std::string>& words) : errors_(::memfd_create("errors", MFD_CLOEXEC)) {
  if (!errors_.valid()) throw io_error("can't create a file in memory");
  Pipe out = make_pipe();
  child_ = spawn(words, out.write, errors_);
  output_ = std::move(out.read);
}

ProgramStream::~ProgramStream() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  wait_for_exit(child_);
}

size_t ProgramStream::read(char* out, size_t bytes) {
  for (;;) {
    const ssize_t got = ::read(output_.get(), out, bytes);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw io_error("can't read from a pipe");
  }
}

int ProgramStream::wait() { return wait_for_exit(std::exchange(child_, -1)); }

std::string ProgramStream::errors() const {
  constexpr size_t kMostBytes = 65536;
  std::string text(kMostBytes, '\0');
  const ssize_t got = ::pread(errors_.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace trireme
