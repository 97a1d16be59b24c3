#include <immintrin.h>
#include <cstdint>
#include <cstring>
#include <utility>

#include "trireme/kernels/cpu/kernel_table.h"

#define TRIREME_LANES 16

namespace trireme::kernels::cpu {

namespace amx {
namespace {
#include "trireme/kernels/cpu/loops/all.h"
#include "trireme/kernels/cpu/loops/amx.h"
#include "trireme/kernels/cpu/loops/gemm.h"
#include "trireme/kernels/cpu/loops/matrix_tile.h"
#include "trireme/kernels/cpu/loops/vector_tile.h"
}  // namespace

extern const KernelTable kTable =
    kernel_table(kProduct<MatrixTile<AmxRegisters, SplitWords>>, kProduct<VectorTile<FloatWords>>,
                 kProduct<MatrixTile<AmxRegisters, Bf16Words>>);
}  // namespace amx

}  // namespace trireme::kernels::cpu
