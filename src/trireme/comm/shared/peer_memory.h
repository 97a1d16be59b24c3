#pragma once

#include <cstdint>
#include <string>

namespace trireme::comm {

/// What a rank shows of its process, so that peers find out whether the kernel lets them read its own memory: it may
/// refuse, and in another pid namespace the number means another process.
struct ProcessProbe {
  int64_t pid;
  int64_t address;  // of a number in the rank's own memory
  int64_t number;
};

/// `number` is filled in, at random, and must stay where it is.
ProcessProbe probe_of(int64_t& number);
/// Whether this process reads that one's memory.
bool reads(const ProcessProbe& probe) noexcept;

/// Copies from another process's memory through the kernel, process_vm_readv(2). Returns why that failed, or nothing.
std::string read_process(int64_t pid, int64_t address, void* to, int64_t bytes);

}  // namespace trireme::comm
