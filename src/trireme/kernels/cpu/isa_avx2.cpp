#include <cstdint>
#include <cstring>

#include "trireme/kernels/cpu/kernel_table.h"

#define TRIREME_LANES 8

namespace trireme::kernels::cpu {

namespace avx2 {
namespace {
#include "trireme/kernels/cpu/loops/all.h"
}  // namespace

extern const KernelTable kTable = kernel_table(kNoProduct, kNoProduct, kNoProduct);
}  // namespace avx2

}  // namespace trireme::kernels::cpu
