#pragma once

#include <memory>
#include <string>

#include "trireme/engine/trainer.h"
#include "trireme/formats/safetensors.h"

namespace trireme::bench {

/// The name that benchmarks/peers gives a parameter: "blocks.3.wq.weight" for
/// "model.layers.3.self_attn.q_proj.weight". Throws ConfigError for a parameter that the peer does not have.
std::string peer_name(const std::string& name);

/// Reads parameters from a safetensors file, under our names or the peer's. Throws ConfigError naming file and tensor
/// for one that is absent or of another shape.
engine::Trainer::Fill fill_from(std::shared_ptr<const formats::SafetensorsFile> file);

}  // namespace trireme::bench
