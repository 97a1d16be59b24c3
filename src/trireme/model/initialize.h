#pragma once

#include <cstdint>
#include <span>

#include "trireme/arch/architecture.h"

namespace trireme::model {

/// Fills `out` with the initial values of elements [first, first + out.size()) of a parameter, in row-major
/// order. Each value is a pure function of (seed, name, element index): a normal or uniform number of spec.init_std
/// from Philox counter index / 4, lane index % 4, by Box and Muller in fp32 where it is normal. So every layout starts
/// from bit-identical weights. The fp64 form holds the same fp32 numbers.
void initial_values(uint64_t seed, const arch::ParameterSpec& spec, int64_t first, std::span<float> out);
void initial_values(uint64_t seed, const arch::ParameterSpec& spec, int64_t first, std::span<double> out);

}  // namespace trireme::model
