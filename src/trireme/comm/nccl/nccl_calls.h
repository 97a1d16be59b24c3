#pragma once

#include <nccl.h>

#include "trireme/comm/communicator.h"
#include "trireme/core/check.h"

// NCCL's words for ours.
namespace trireme::comm::nccl {

/// Throws CommError with NCCL's own text unless `code` is ncclSuccess.
void check_nccl(ncclResult_t code, const char* call);

inline ncclDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::kF64: return ncclFloat64;
    case DType::kF32: return ncclFloat32;
    case DType::kF16: return ncclFloat16;
    case DType::kBF16: return ncclBfloat16;
    case DType::kI64: return ncclInt64;
    case DType::kI32: return ncclInt32;
    case DType::kI8: return ncclInt8;
    case DType::kU8:
    case DType::kBool: return ncclUint8;
    default: TRIREME_CHECK(false, "NCCL has no {}", name_of(dtype));
  }
}

inline ncclRedOp_t reduction_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::kSum: return ncclSum;
    case ReduceOp::kAvg: return ncclAvg;
    case ReduceOp::kMax: return ncclMax;
    case ReduceOp::kMin: return ncclMin;
  }
  return ncclSum;
}

inline size_t count_of(const Buffer& buffer) { return static_cast<size_t>(buffer.count); }

inline void send_now(const Buffer& in, int peer, ncclComm_t comm, cudaStream_t stream) {
  check_nccl(ncclSend(in.data, count_of(in), type_of(in.dtype), peer, comm, stream), "ncclSend");
}

inline void recv_now(const Buffer& out, int peer, ncclComm_t comm, cudaStream_t stream) {
  check_nccl(ncclRecv(out.data, count_of(out), type_of(out.dtype), peer, comm, stream), "ncclRecv");
}

/// Messages between its construction and finish() go together. An exception in between still closes the group.
class Group {
 public:
  Group() { check_nccl(ncclGroupStart(), "ncclGroupStart"); }
  ~Group() {
    if (open_) ncclGroupEnd();
  }
  void finish() {
    open_ = false;
    check_nccl(ncclGroupEnd(), "ncclGroupEnd");
  }

 private:
  bool open_ = true;
};

}  // namespace trireme::comm::nccl
