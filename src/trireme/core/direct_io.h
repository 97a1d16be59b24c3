#pragma once

#include <cstddef>

namespace trireme {

/// What addresses, sizes and places of reads and writes past the page cache are multiples of; at least what any disk
/// wants.
inline constexpr size_t kDirectIoPage = 4096;

/// Makes reads and writes of `fd` pass the page cache by, or not. Returns whether they now do: not every file system
/// can, and some say so only at the first read or write, with EINVAL.
bool set_direct_io(int fd, bool on) noexcept;
bool is_direct_io(int fd) noexcept;

}  // namespace trireme
