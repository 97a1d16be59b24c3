#pragma once

#include "trireme/kernels/cpu/kernel_table.h"

/// The products of Intel's AMX with tile registers made of software, for machines without AMX; null for a compiler
/// without AVX-512. REQUIRES to call: runs(Isa::kAvx512Bf16).
namespace trireme::kernels::cpu::software_tiles {

extern const ProductKernels kFp32Product, kBf16Product;

}  // namespace trireme::kernels::cpu::software_tiles
