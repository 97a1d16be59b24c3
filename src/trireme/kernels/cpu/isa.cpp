#include "trireme/kernels/cpu/isa.h"

#include "trireme/core/environment.h"
#include "trireme/core/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace trireme::kernels::cpu {

namespace {

Isa best_isa() {
  Isa best = Isa::kBaseline;
  for (const Isa isa : kAllIsas)
    if (runs(isa)) best = isa;
  return best;
}

Isa read_choice() {
  const auto wanted = env("TRIREME_CPU_ISA");
  if (!wanted || wanted->empty()) return best_isa();
  for (const Isa isa : kAllIsas) {
    if (name_of(isa) != *wanted) continue;
    if (runs(isa)) return isa;
    throw ConfigError(
        format("TRIREME_CPU_ISA={}: this processor does not run it; its best is {}", *wanted, name_of(best_isa())));
  }
  throw ConfigError(format("TRIREME_CPU_ISA={} is none of baseline, avx2, avx512, avx512_bf16, amx", *wanted));
}

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::kBaseline: return "baseline";
    case Isa::kAvx2: return "avx2";
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx512Bf16: return "avx512_bf16";
    case Isa::kAmx: return "amx";
  }
  return "unknown";
}

Isa chosen_isa() {
  static const Isa isa = read_choice();
  return isa;
}

#if defined(__x86_64__)

namespace {

/// Linux gives a process the tiles' 8 KiB of state only when it asks ("Using XSTATE features", kernel documentation).
bool may_use_tiles() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kAmxBf16 = 1u << 22, kAmxTile = 1u << 24;  // CPUID 7:0, EDX
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (~edx & (kAmxBf16 | kAmxTile)) != 0) return false;
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool runs(Isa isa) {
  switch (isa) {
    case Isa::kBaseline: return true;
    case Isa::kAvx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::kAvx512:
      return runs(Isa::kAvx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    case Isa::kAvx512Bf16: return runs(Isa::kAvx512) && __builtin_cpu_supports("avx512bf16");
    case Isa::kAmx: return runs(Isa::kAvx512Bf16) && may_use_tiles();
  }
  return false;
}

bool is_intel() { return __builtin_cpu_is("intel"); }

#else

bool runs(Isa isa) { return isa == Isa::kBaseline; }
bool is_intel() { return false; }

#endif

}  // namespace trireme::kernels::cpu
