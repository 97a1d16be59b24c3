#pragma once

#include <string_view>

namespace trireme::kernels::cpu {

/// Instruction sets that the fused kernels are compiled for, in rising order: each includes those before it.
/// kBaseline is what every processor of the architecture has.
enum class Isa { kBaseline, kAvx2, kAvx512, kAvx512Bf16, kAmx };
inline constexpr Isa kAllIsas[] = {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Bf16, Isa::kAmx};

/// "baseline", "avx2", "avx512", "avx512_bf16", "amx".
std::string_view name_of(Isa isa);
/// Whether this processor and its operating system run it.
bool runs(Isa isa);
/// What TRIREME_CPU_ISA asks for, else the best that this processor runs. Throws ConfigError for a name that is
/// unknown or that this processor lacks.
Isa chosen_isa();

/// MKL has its tuned code for Intel's processors; others get 256-bit vectors.
bool is_intel();

}  // namespace trireme::kernels::cpu
