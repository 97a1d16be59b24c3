#include "trireme/telemetry/line_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "trireme/core/error.h"
#include "trireme/core/log.h"

namespace trireme::telemetry {

namespace {

constexpr size_t kPendingBytes = 16 << 20;

bool ends_inside_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

LineFile::LineFile(const fs::path& path) : path_(path), fd_(open_file(path, O_RDWR | O_CREAT | O_APPEND)) {
  if (ends_inside_a_line(fd_.get())) pending_.push_back('\n');
}

void LineFile::append(const std::string& line) {
  if (pending_.size() + line.size() < kPendingBytes) pending_ += line + "\n";
  write_pending();
}

void LineFile::write_pending() {
  while (!pending_.empty()) {
    const ssize_t written = ::write(fd_.get(), pending_.data(), pending_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (!refused_) {
        log_warning("can't write {}: {}; the run goes on, lines are kept until there is space", path_.string(),
                    std::strerror(errno));
      }
      refused_ = true;
      return;
    }
    pending_.erase(0, static_cast<size_t>(written));
  }
  if (refused_) log_info("{} is complete again", path_.string());
  refused_ = false;
}

}  // namespace trireme::telemetry
