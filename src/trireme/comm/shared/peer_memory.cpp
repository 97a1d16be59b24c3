#include "trireme/comm/shared/peer_memory.h"

#include <sys/uio.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <random>

namespace trireme::comm {

namespace {

/// Bytes read, or -1.
int64_t read_some(int64_t pid, int64_t address, void* to, int64_t bytes) noexcept {
  const iovec here{to, static_cast<size_t>(bytes)}, there{reinterpret_cast<void*>(address), static_cast<size_t>(bytes)};
  return process_vm_readv(static_cast<pid_t>(pid), &here, 1, &there, 1, 0);
}

}  // namespace

ProcessProbe probe_of(int64_t& number) {
  std::random_device random;
  number = static_cast<int64_t>(uint64_t{random()} << 32 | random());
  return {getpid(), reinterpret_cast<int64_t>(&number), number};
}

bool reads(const ProcessProbe& probe) noexcept {
  int64_t number = 0;
  constexpr int64_t kBytes = sizeof number;
  return read_some(probe.pid, probe.address, &number, kBytes) == kBytes && number == probe.number;
}

std::string read_process(int64_t pid, int64_t address, void* to, int64_t bytes) {
  for (int64_t done = 0; done < bytes;) {
    const int64_t some = read_some(pid, address + done, static_cast<std::byte*>(to) + done, bytes - done);
    if (some <= 0) return some < 0 ? std::strerror(errno) : "no more bytes";
    done += some;
  }
  return "";
}

}  // namespace trireme::comm
