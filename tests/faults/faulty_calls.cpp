// The system calls that trireme makes on files, as a library for LD_PRELOAD: each asks the plan before it goes on.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <ctime>

#include "fault_plan.h"

using faults::Call;
using faults::Verdict;

/// The function of that name in the library behind this one.
#define REAL(name) (reinterpret_cast<decltype(&::name)>(behind(#name)))

namespace {

void* behind(const char* name) { return dlsym(RTLD_NEXT, name); }

template <class Where, class Real>
auto unless_struck(Call call, Where where, Real real) {
  const Verdict verdict = faults::strike(call, where);
  if (verdict.error == 0) return real();
  errno = verdict.error;
  return static_cast<decltype(real())>(-1);
}

/// `real(bytes)` moves so many.
template <class Real>
ssize_t move_unless_struck(Call call, int fd, size_t bytes, Real real) {
  const Verdict verdict = faults::strike(call, fd);
  if (verdict.error == 0) return real(verdict.is_short ? faults::shortened(bytes) : bytes);
  errno = verdict.error;
  return -1;
}

mode_t mode_of(int flags, va_list list) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  static const auto real = REAL(open);
  return unless_struck(Call::kOpen, path, [&] { return real(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  static const auto real = REAL(openat);
  return unless_struck(Call::kOpen, path, [&] { return real(folder, path, flags, mode); });
}

ssize_t read(int fd, void* to, size_t bytes) {
  static const auto real = REAL(read);
  return move_unless_struck(Call::kRead, fd, bytes, [&](size_t n) { return real(fd, to, n); });
}

ssize_t pread(int fd, void* to, size_t bytes, off_t offset) {
  static const auto real = REAL(pread);
  return move_unless_struck(Call::kRead, fd, bytes, [&](size_t n) { return real(fd, to, n, offset); });
}

ssize_t write(int fd, const void* from, size_t bytes) {
  static const auto real = REAL(write);
  return move_unless_struck(Call::kWrite, fd, bytes, [&](size_t n) { return real(fd, from, n); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = REAL(writev);
  return unless_struck(Call::kWrite, fd, [&] { return real(fd, parts, count); });
}

int fsync(int fd) {
  static const auto real = REAL(fsync);
  return unless_struck(Call::kSync, fd, [&] { return real(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static const auto real = REAL(ftruncate);
  return unless_struck(Call::kTruncate, fd, [&] { return real(fd, size); });
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  static const auto real = REAL(fallocate);
  return unless_struck(Call::kTruncate, fd, [&] { return real(fd, mode, offset, size); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = REAL(rename);
  return unless_struck(Call::kRename, to, [&] { return real(from, to); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  static const auto real = REAL(renameat2);
  return unless_struck(Call::kRename, to, [&] { return real(from_folder, from, to_folder, to, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = REAL(mkdir);
  return unless_struck(Call::kMkdir, path, [&] { return real(path, mode); });
}

int unlink(const char* path) noexcept {
  static const auto real = REAL(unlink);
  return unless_struck(Call::kRemove, path, [&] { return real(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto real = REAL(unlinkat);
  return unless_struck(Call::kRemove, path, [&] { return real(folder, path, flags); });
}

void* mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  static const auto real = REAL(mmap);
  if (fd < 0) return real(address, bytes, protection, flags, fd, offset);
  const Verdict verdict = faults::strike(Call::kMap, fd);
  if (verdict.error == 0) return real(address, bytes, protection, flags, fd, offset);
  errno = verdict.error;
  return MAP_FAILED;
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real = REAL(clock_gettime);
  const int result = real(clock, now);
  if (clock == CLOCK_REALTIME) now->tv_sec += faults::clock_offset();
  return result;
}

int gettimeofday(timeval* now, void* zone) noexcept {
  static const auto real = REAL(gettimeofday);
  const int result = real(now, zone);
  now->tv_sec += faults::clock_offset();
  return result;
}

time_t time(time_t* now) noexcept {
  static const auto real = REAL(time);
  const time_t result = real(nullptr) + faults::clock_offset();
  if (now != nullptr) *now = result;
  return result;
}

}  // extern "C"
