#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trireme/core/check.h"
#include "trireme/core/dtype.h"

namespace trireme::formats {

/// More than any library's tensors have. A file that lists more is damaged.
inline constexpr size_t kMaxDimensions = 64;

/// Name, dtype and row-major shape. A scalar's shape is empty; a 0 in a shape makes an empty tensor.
struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;

  int64_t numel() const;
  int64_t num_bytes() const { return numel() * size_of(dtype); }
  /// num_bytes of a shape that a file claims; -1: a size is negative, or the bytes are too many to count.
  int64_t checked_bytes() const;
};

/// A tensor whose bytes lie in a mapped file, which must outlive the view.
struct TensorView : TensorInfo {
  std::span<const std::byte> bytes;

  /// Elements in place. REQUIRES: T is the dtype's type and the bytes are aligned for it, as files written by this
  /// project always are.
  template <class T>
  std::span<const T> as() const {
    TRIREME_CHECK(sizeof(T) == static_cast<size_t>(size_of(dtype)), "{}: {} read as {} bytes", name, name_of(dtype),
                  sizeof(T));
    TRIREME_CHECK(reinterpret_cast<uintptr_t>(bytes.data()) % alignof(T) == 0, "{}: not aligned", name);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// "[49152, 576]", as messages write it.
std::string shape_text(std::span<const int64_t> shape);

/// Elements [first, first + out.size()) of packed `bytes`, which hold fp64, fp32, fp16 or bf16, as fp32.
/// No alignment needed. Throws FormatError for another dtype.
void widen_to_float(std::span<const std::byte> bytes, DType dtype, int64_t first, std::span<float> out);
/// Values rounded to nearest even into `out`, packed. `dtype` is fp32, fp16 or bf16.
void narrow_from_float(std::span<const float> values, DType dtype, std::span<std::byte> out);

}  // namespace trireme::formats
