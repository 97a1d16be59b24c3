#include <immintrin.h>
#include <cstdint>
#include <cstring>
#include <utility>

#include "trireme/kernels/cpu/kernel_table.h"

#define TRIREME_LANES 16

namespace trireme::kernels::cpu {

namespace avx512_bf16 {
namespace {
#include "trireme/kernels/cpu/loops/all.h"
#include "trireme/kernels/cpu/loops/gemm.h"
#include "trireme/kernels/cpu/loops/vector_tile.h"
}  // namespace

extern const KernelTable kTable =
    kernel_table(kProduct<VectorTile<FloatWords>>, kProduct<VectorTile<FloatWords>>, kProduct<VectorTile<Bf16Words>>);
}  // namespace avx512_bf16

}  // namespace trireme::kernels::cpu
