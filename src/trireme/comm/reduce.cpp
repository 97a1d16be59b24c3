#include "trireme/comm/reduce.h"

#include <algorithm>
#include <cstring>

#include "trireme/core/check.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // it can not instrument what runs before it is set up
#define TRIREME_PER_ISA __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define TRIREME_PER_ISA
#endif

namespace trireme::comm {

namespace {

constexpr int64_t kBlock = 2048;  // elements summed at a time: the sums stay in the first-level cache

/// How an element type is stored, and the type it is summed in.
struct Fp32 {
  using Stored = float;
  using Sum = float;
  static float load(float x) { return x; }
  static float store(float x) { return x; }
};
struct Fp64 {
  using Stored = double;
  using Sum = double;
  static double load(double x) { return x; }
  static double store(double x) { return x; }
};
struct Int64 {
  using Stored = int64_t;
  using Sum = int64_t;
  static int64_t load(int64_t x) { return x; }
  static int64_t store(int64_t x) { return x; }
};
struct Bf16 {
  using Stored = uint16_t;
  using Sum = float;
  static float load(uint16_t x) { return bf16_to_float(x); }
  static uint16_t store(float x) { return float_to_bf16(x); }
};
struct Fp16 {
  using Stored = uint16_t;
  using Sum = float;
  static float load(uint16_t x) { return fp16_to_float(x); }
  static uint16_t store(float x) { return float_to_fp16(x); }
};

struct Add {
  template <class T>
  static T apply(T a, T b) {
    return a + b;
  }
};
struct Max {
  template <class T>
  static T apply(T a, T b) {
    return b > a || b != b ? b : a;
  }
};
struct Min {
  template <class T>
  static T apply(T a, T b) {
    return b < a || b != b ? b : a;
  }
};

template <class Type>
inline __attribute__((always_inline)) void load_block(const void* source, typename Type::Sum* sums, int64_t n) {
  const auto* from = static_cast<const typename Type::Stored*>(source);
  for (int64_t i = 0; i < n; ++i) sums[i] = Type::load(from[i]);
}

template <class Type, class Combine>
inline __attribute__((always_inline)) void combine_block(const void* source, typename Type::Sum* sums, int64_t n) {
  const auto* from = static_cast<const typename Type::Stored*>(source);
  for (int64_t i = 0; i < n; ++i) sums[i] = Combine::apply(sums[i], Type::load(from[i]));
}

template <class Type>
inline __attribute__((always_inline)) void store_block(const typename Type::Sum* sums, void* destination, int64_t n) {
  auto* to = static_cast<typename Type::Stored*>(destination);
  for (int64_t i = 0; i < n; ++i) to[i] = Type::store(sums[i]);
}

struct Job {
  std::span<const void* const> sources;
  std::span<void* const> destinations;
  int64_t count;
  int divide_by;  // 1 unless averaging
};

template <class Type, class Combine>
inline __attribute__((always_inline)) void reduce_blocks(const Job& job) {
  alignas(64) typename Type::Sum sums[kBlock];
  constexpr int64_t width = sizeof(typename Type::Stored);
  for (int64_t first = 0; first < job.count; first += kBlock) {
    const int64_t n = std::min(kBlock, job.count - first);
    const auto at = [&](const void* base) { return static_cast<const std::byte*>(base) + first * width; };
    load_block<Type>(at(job.sources[0]), sums, n);
    for (size_t p = 1; p < job.sources.size(); ++p) combine_block<Type, Combine>(at(job.sources[p]), sums, n);
    if (job.divide_by > 1) {
      const auto divisor = static_cast<typename Type::Sum>(job.divide_by);
      for (int64_t i = 0; i < n; ++i) sums[i] = sums[i] / divisor;
    }
    for (void* destination : job.destinations) {
      store_block<Type>(sums, const_cast<std::byte*>(at(destination)), n);
    }
  }
}

// target_clones wants plain functions.
#define TRIREME_REDUCE(name, Type, Combine) \
  TRIREME_PER_ISA void name(const Job& job) { reduce_blocks<Type, Combine>(job); }
#define TRIREME_REDUCE_TYPE(Type)                   \
  TRIREME_REDUCE(add_##Type, Type, Add)             \
  TRIREME_REDUCE(max_##Type, Type, Max)             \
  TRIREME_REDUCE(min_##Type, Type, Min)             \
  void reduce_##Type(const Job& job, ReduceOp op) { \
    switch (op) {                                   \
      case ReduceOp::kSum:                          \
      case ReduceOp::kAvg: return add_##Type(job);  \
      case ReduceOp::kMax: return max_##Type(job);  \
      case ReduceOp::kMin: return min_##Type(job);  \
    }                                               \
  }
TRIREME_REDUCE_TYPE(Fp32)
TRIREME_REDUCE_TYPE(Fp64)
TRIREME_REDUCE_TYPE(Bf16)
TRIREME_REDUCE_TYPE(Fp16)
TRIREME_REDUCE_TYPE(Int64)
#undef TRIREME_REDUCE_TYPE
#undef TRIREME_REDUCE

template <class Type>
void widen(const Buffer& from, const Buffer& to) {
  load_block<Type>(from.data, static_cast<float*>(to.data), from.count);
}

template <class Type>
void narrow(const Buffer& from, const Buffer& to) {
  store_block<Type>(static_cast<const float*>(from.data), to.data, from.count);
}

}  // namespace

void convert(const Buffer& from, const Buffer& to) {
  TRIREME_CHECK(from.count == to.count, "{} elements into {}", from.count, to.count);
  if (from.count == 0 || from.data == to.data) return;
  if (from.dtype == to.dtype) {
    std::memcpy(to.data, from.data, static_cast<size_t>(from.bytes()));
  } else if (from.dtype == DType::kBF16 && to.dtype == DType::kF32) {
    widen<Bf16>(from, to);
  } else if (from.dtype == DType::kF16 && to.dtype == DType::kF32) {
    widen<Fp16>(from, to);
  } else if (from.dtype == DType::kF32 && to.dtype == DType::kBF16) {
    narrow<Bf16>(from, to);
  } else {
    TRIREME_CHECK(from.dtype == DType::kF32 && to.dtype == DType::kF16, "no conversion from {} to {}",
                  name_of(from.dtype), name_of(to.dtype));
    narrow<Fp16>(from, to);
  }
}

void divide(const Buffer& data, int divisor) {
  const auto each = [&](auto* values) {
    using Value = std::remove_pointer_t<decltype(values)>;
    for (int64_t i = 0; i < data.count; ++i) values[i] /= static_cast<Value>(divisor);
  };
  switch (data.dtype) {
    case DType::kF32: return each(static_cast<float*>(data.data));
    case DType::kF64: return each(static_cast<double*>(data.data));
    case DType::kI64: return each(static_cast<int64_t*>(data.data));
    default: TRIREME_CHECK(false, "no division of {}", name_of(data.dtype));
  }
}

bool can_reduce(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 || dtype == DType::kBF16 || dtype == DType::kF16 ||
         dtype == DType::kI64;
}

void reduce(std::span<const void* const> sources, std::span<void* const> destinations, int64_t count, DType dtype,
            ReduceOp op) {
  const Job job{sources, destinations, count, op == ReduceOp::kAvg ? static_cast<int>(sources.size()) : 1};
  switch (dtype) {
    case DType::kF32: return reduce_Fp32(job, op);
    case DType::kF64: return reduce_Fp64(job, op);
    case DType::kBF16: return reduce_Bf16(job, op);
    case DType::kF16: return reduce_Fp16(job, op);
    case DType::kI64: return reduce_Int64(job, op);
    default: TRIREME_CHECK(false, "{} can't be reduced", name_of(dtype));
  }
}

}  // namespace trireme::comm
