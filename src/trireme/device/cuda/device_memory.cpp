#include "trireme/device/device_memory.h"

#include "trireme/device/cuda/handles.h"

namespace trireme {

DeviceMemory::DeviceMemory(Device device, Bytes size) : size_(size) {
  check_cuda(cudaSetDevice(device.index), "cudaSetDevice");
  check_cuda(cudaMalloc(reinterpret_cast<void**>(&data_), static_cast<size_t>(size.value())), "cudaMalloc");
}

DeviceMemory::~DeviceMemory() { cudaFree(data_); }

void copy_memory(void* to, const void* from, Bytes size) {
  check_cuda(cudaMemcpy(to, from, static_cast<size_t>(size.value()), cudaMemcpyDefault), "cudaMemcpy");
}

}  // namespace trireme
