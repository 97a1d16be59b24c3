#include "trireme/arch/gguf_rope.h"

#include <array>
#include <charconv>
#include <cmath>

#include "trireme/arch/block_shape.h"

namespace trireme::arch {

using formats::GgufFile;
using formats::GgufMetadata;

namespace {

constexpr const char* kRotaryDimensions = "rope.dimension_count";
constexpr const char* kScalingType = "rope.scaling.type";
constexpr const char* kScalingFactor = "rope.scaling.factor";

/// The part that gives `turned` of `size` elements, rounded so that it gives no fewer.
double rotary_factor(int64_t turned, int64_t size) {
  const double factor = static_cast<double>(turned) / static_cast<double>(size);
  return static_cast<int64_t>(factor * static_cast<double>(size)) == turned ? factor : std::nextafter(factor, 2.0);
}

}  // namespace

double gguf_decimal(const GgufFile& file, const std::string& key) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.begin(), text.end(), static_cast<float>(file.number(key))).ptr;
  double value = 0;
  std::from_chars(text.begin(), end, value);
  return value;
}

void read_gguf_rope(const GgufFile& file, const std::string& prefix, ModelConfig& model) {
  const std::string dimensions = prefix + kRotaryDimensions;
  if (file.has(dimensions) && file.integer(dimensions) != model.head_size()) {
    if (model.model_type != "gpt_neox") {
      file.fail(dimensions, format("is {}, but a head has {}: partial rotary embeddings are not supported",
                                   file.integer(dimensions), model.head_size()));
    }
    model.partial_rotary_factor = rotary_factor(file.integer(dimensions), model.head_size());
  }
  const std::string scaling = prefix + kScalingType;
  if (file.has(scaling) && file.text(scaling) != "none") {
    if (file.text(scaling) != "linear") {
      file.fail(scaling, format("\"{}\" is not supported; supported are none, linear", file.text(scaling)));
    }
    model.rope_scaling.rope_type = "linear";
    model.rope_scaling.factor = gguf_decimal(file, prefix + kScalingFactor);
  }
  if (file.find("rope_freqs.weight")) {
    file.fail("rope_freqs.weight",
              "Llama 3.1's frequency factors are not read from GGUF; convert from the Hugging Face "
              "folder, whose config.json has rope_scaling");
  }
}

void write_gguf_rope(const ModelConfig& config, const std::string& prefix, GgufMetadata& metadata) {
  metadata.emplace_back(prefix + kRotaryDimensions, static_cast<uint32_t>(block_shape(config, 0).rotary_dim));
  if (config.rope_scaling.rope_type != "linear") return;
  metadata.emplace_back(prefix + kScalingType, "linear");
  metadata.emplace_back(prefix + kScalingFactor, static_cast<float>(config.rope_scaling.factor));
}

}  // namespace trireme::arch
