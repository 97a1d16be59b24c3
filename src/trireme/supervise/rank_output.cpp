#include "trireme/supervise/rank_output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <array>
#include <cerrno>

#include "trireme/core/error.h"

namespace trireme::supervise {

namespace {

/// A terminal of our own, to read what the child writes. It changes no byte and is as wide as standard error.
Pipe make_terminal() {
  UniqueFd own(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 64> name;
  if (!own.valid() || ::grantpt(own.get()) != 0 || ::unlockpt(own.get()) != 0 ||
      ::ptsname_r(own.get(), name.data(), name.size()) != 0) {
    throw io_error("can't create a terminal for rank 0");
  }
  UniqueFd child = open_file(name.data(), O_RDWR | O_NOCTTY);
  termios mode;
  if (::tcgetattr(child.get(), &mode) == 0) {
    ::cfmakeraw(&mode);
    ::tcsetattr(child.get(), TCSANOW, &mode);
  }
  winsize size;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(child.get(), TIOCSWINSZ, &size);
  return {std::move(own), std::move(child)};
}

/// What stays of a line on the screen: the text after the last return to its begin, without control sequences.
std::string visible_part(const std::string& line) {
  const size_t restart = line.rfind('\r');
  std::string rest = restart == std::string::npos ? line : line.substr(restart + 1);
  for (size_t at; (at = rest.find("\x1b[")) != std::string::npos;) {
    const size_t end = rest.find_first_of("ABCDHJKm", at);
    rest.erase(at, end == std::string::npos ? std::string::npos : end - at + 1);
  }
  return rest;
}

/// Best effort: a full disk or a closed terminal must not end the run.
void write_what_fits(int fd, const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
}

}  // namespace

Pipe make_reading_pipe() {
  Pipe pipe = make_pipe();
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

void read_available(UniqueFd& fd, std::string& text) {
  std::array<char, 4096> chunk;
  while (fd.valid()) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fd.reset();  // a terminal whose other end is closed fails with EIO
    text.append(chunk.data(), static_cast<size_t>(got));
  }
}

RankOutput::RankOutput(const fs::path& log, bool shown) : log_(open_file(log, O_WRONLY | O_CREAT | O_APPEND)) {
  if (!shown) return;
  Pipe pipe = ::isatty(STDERR_FILENO) == 1 ? make_terminal() : make_reading_pipe();
  own_end_ = std::move(pipe.read);
  child_end_ = std::move(pipe.write);
}

void RankOutput::pass_on() {
  std::string text;
  read_available(own_end_, text);
  if (!own_end_.valid() && !(unlogged_ + text).empty() && (unlogged_ + text).back() != '\n') text += '\n';
  if (text.empty()) return;
  write_what_fits(STDERR_FILENO, text);
  log_lines(text);
}

void RankOutput::log_lines(const std::string& text) {
  unlogged_ += text;
  std::string lines;
  for (size_t end; (end = unlogged_.find('\n')) != std::string::npos; unlogged_.erase(0, end + 1)) {
    lines += visible_part(unlogged_.substr(0, end)) + "\n";
  }
  if (const size_t redraw = unlogged_.rfind('\r'); redraw != std::string::npos) unlogged_.erase(0, redraw);
  write_what_fits(log_.get(), lines);
}

}  // namespace trireme::supervise
