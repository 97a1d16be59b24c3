#pragma once

#include <utility>

namespace trireme {

/// Owns one handle of a C library: a stream, an event, a communicator. Move only; destruction never throws.
///
/// Traits: `using Handle = …;`, `static constexpr Handle kNone`, `static void destroy(Handle) noexcept`.
template <class Traits>
class UniqueHandle {
 public:
  using Handle = typename Traits::Handle;

  UniqueHandle() = default;
  explicit UniqueHandle(Handle handle) : handle_(handle) {}
  ~UniqueHandle() { reset(); }
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(other.release()) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != Traits::kNone; }
  Handle release() { return std::exchange(handle_, Traits::kNone); }
  void reset(Handle handle = Traits::kNone) noexcept {
    const Handle old = std::exchange(handle_, handle);
    if (old != Traits::kNone) Traits::destroy(old);
  }
  /// Where a C function writes a new handle. REQUIRES: holds none.
  Handle* out() { return &handle_; }

 private:
  Handle handle_ = Traits::kNone;
};

}  // namespace trireme
