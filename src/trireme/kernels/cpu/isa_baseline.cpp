#include <cstdint>
#include <cstring>

#include "trireme/kernels/cpu/kernel_table.h"

#define TRIREME_LANES 4

namespace trireme::kernels::cpu {

namespace baseline {
namespace {
#include "trireme/kernels/cpu/loops/all.h"
}  // namespace

extern const KernelTable kTable = kernel_table(kNoProduct, kNoProduct, kNoProduct);
}  // namespace baseline

}  // namespace trireme::kernels::cpu
