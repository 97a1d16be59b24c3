#pragma once

#include <cstdint>
#include <span>

#include "trireme/comm/communicator.h"

namespace trireme::comm {

/// fp32, fp64, bf16, fp16 and int64.
bool can_reduce(DType dtype);

/// Combines sources[0][i], sources[1][i], … in that order and writes the result to every destination. Sums of fp32,
/// bf16 and fp16 are kept in fp32 and rounded once; a NaN anywhere gives NaN; the average of int64 is cut towards zero.
/// A destination may be one of the sources. The bits do not depend on the instruction set or on how a caller splits
/// `count`.
void reduce(std::span<const void* const> sources, std::span<void* const> destinations, int64_t count, DType dtype,
            ReduceOp op);

/// to[i] = from[i], rounded when narrowed to bf16 or fp16. REQUIRES: equal counts; equal dtypes, or fp32 on one side
/// and bf16 or fp16 on the other; no overlap unless the same memory.
void convert(const Buffer& from, const Buffer& to);
/// data[i] /= divisor, as an average does it. REQUIRES: fp32, fp64 or int64.
void divide(const Buffer& data, int divisor);

}  // namespace trireme::comm
