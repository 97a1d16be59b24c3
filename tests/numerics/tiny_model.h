#pragma once

#include <string>
#include <vector>

#include "trireme/formats/safetensors.h"
#include "trireme/model/whole_model.h"

namespace trireme::tests {

using at::Tensor;

/// Loss, logits and gradients that reference/make_tiny_models.py wrote, and the model and batch they belong
/// to.
struct TinyReference {
  arch::ModelConfig config;
  std::vector<double> losses_fp32, losses_fp64;  // of AdamW steps on one batch
  formats::SafetensorsFile tensors;

  /// "logits", or a parameter's gradient under its name, in fp32 or fp64.
  Tensor tensor(const std::string& name, DType dtype) const;
  const std::vector<double>& losses(DType dtype) const { return dtype == DType::kF64 ? losses_fp64 : losses_fp32; }
};

std::vector<std::string> tiny_model_names();
TinyReference read_tiny_reference(const std::string& name);

/// The batch of 2 rows of 12 tokens, two targets ignored, loss_scale 1 / 22.
layer::Microbatch tiny_batch();

/// The weights of make_tiny_models.py: pure integer functions of their index.
void fill_tiny(model::WholeModel& model);

/// The reference's model with those weights.
model::WholeModel make_tiny(const TinyReference& reference, DType dtype,
                            arch::Recompute recompute = arch::Recompute::kNone);

/// Largest norm(g - r) / max(norm(r), 1e-3 * norm of all r) over the gradients.
double gradient_error(const std::map<std::string, Tensor>& gradients, const TinyReference& reference, DType dtype);

}  // namespace trireme::tests
