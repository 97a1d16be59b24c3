#include "trireme/kernels/cpu/kernel_table.h"

namespace trireme::kernels::cpu {

namespace baseline {
extern const KernelTable kTable;
}

#if defined(__x86_64__)

namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512 {
extern const KernelTable kTable;
}
namespace avx512_bf16 {
extern const KernelTable kTable;
}
namespace amx {
extern const KernelTable kTable;
}

const KernelTable& table_of(Isa isa) {
  switch (isa) {
    case Isa::kBaseline: return baseline::kTable;
    case Isa::kAvx2: return avx2::kTable;
    case Isa::kAvx512: return avx512::kTable;
    case Isa::kAvx512Bf16: return avx512_bf16::kTable;
    case Isa::kAmx: return amx::kTable;
  }
  return baseline::kTable;
}

#else

const KernelTable& table_of(Isa) { return baseline::kTable; }

#endif

const KernelTable& table() { return table_of(chosen_isa()); }

}  // namespace trireme::kernels::cpu
