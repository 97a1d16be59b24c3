#pragma once

#include <ATen/core/Tensor.h>

#include "trireme/comm/communicator.h"

// The collectives over tensors. Shapes don't matter, only numel, dtype and device; tensors must be contiguous (BugError
// otherwise) and stay alive until the Work is done.
namespace trireme::mesh {

/// The tensor's memory. REQUIRES: contiguous.
comm::Buffer buffer_of(const at::Tensor& tensor);

/// A contiguous tensor in memory of the group, which collectives use without staging; uninitialised. Its memory counts
/// in device/memory_count.h.
at::Tensor allocate(comm::Communicator& group, at::IntArrayRef sizes, at::ScalarType type);

comm::Work all_reduce(comm::Communicator& group, const at::Tensor& in_out, comm::ReduceOp op);
comm::Work all_gather(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out);
comm::Work reduce_scatter(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out, comm::ReduceOp op);
comm::Work all_to_all(comm::Communicator& group, const at::Tensor& in, const at::Tensor& out);
comm::Work broadcast(comm::Communicator& group, const at::Tensor& in_out, Rank root);
comm::Work send(comm::Communicator& group, const at::Tensor& in, Rank to);
comm::Work recv(comm::Communicator& group, const at::Tensor& out, Rank from);

}  // namespace trireme::mesh
