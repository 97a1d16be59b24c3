#include "trireme/kernels/tensor_types.h"

#include "trireme/core/check.h"

namespace trireme::kernels {

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::kF64: return at::kDouble;
    case DType::kF32: return at::kFloat;
    case DType::kF16: return at::kHalf;
    case DType::kBF16: return at::kBFloat16;
    case DType::kI64: return at::kLong;
    case DType::kI32: return at::kInt;
    case DType::kI16: return at::kShort;
    case DType::kI8: return at::kChar;
    case DType::kU8: return at::kByte;
    case DType::kU16: return at::kUInt16;
    case DType::kBool: return at::kBool;
  }
  TRIREME_CHECK(false, "no tensor type for dtype {}", static_cast<int>(dtype));
}

DType dtype_of(const Tensor& tensor) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64, DType::kI32, DType::kI16,
                            DType::kI8, DType::kU8, DType::kU16, DType::kBool}) {
    if (scalar_type(dtype) == tensor.scalar_type()) return dtype;
  }
  TRIREME_CHECK(false, "no dtype for tensors of {}", at::toString(tensor.scalar_type()));
}

at::Device aten_device(Device device) {
  if (device.kind == DeviceKind::kCpu) return at::Device(at::kCPU);
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(device.index));
}

Device device_of(at::Device device) {
  TRIREME_CHECK(device.is_cpu() || (device.is_cuda() && device.has_index()), "no place for device {}", device.str());
  return device.is_cpu() ? Device{} : Device{DeviceKind::kCuda, device.index()};
}

at::ScalarType accumulation_type(at::ScalarType compute) { return compute == at::kDouble ? at::kDouble : at::kFloat; }

Tensor as_rows(const Tensor& x) { return x.view({-1, x.size(-1)}); }

}  // namespace trireme::kernels
