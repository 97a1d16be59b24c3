#pragma once

#include <ATen/core/Tensor.h>

#include "trireme/core/dtype.h"
#include "trireme/device/device.h"

namespace trireme::kernels {

using at::Tensor;

at::ScalarType scalar_type(DType dtype);
DType dtype_of(const Tensor& tensor);
at::Device aten_device(Device device);
/// REQUIRES: the CPU or a CUDA device with an index.
Device device_of(at::Device device);

/// What statistics, losses and gradients are kept in: fp64 for fp64 compute, else fp32.
at::ScalarType accumulation_type(at::ScalarType compute);

/// [..., features] as [rows, features], without a copy. REQUIRES: contiguous rows.
Tensor as_rows(const Tensor& x);

}  // namespace trireme::kernels
