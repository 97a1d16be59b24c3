#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/arch/architecture.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::arch {

/// Throws FormatError naming `source` and the tensors when `found` (name -> shape) lacks a parameter of the model,
/// has one of another shape, or has tensors that belong to no parameter and are not in `ignored`.
void check_parameters(const std::map<std::string, std::vector<int64_t>>& found, const Architecture& model,
                      const std::set<std::string>& ignored, const std::string& source);

/// Throws FormatError naming `source` and the tensor when it is no fp64, fp32, fp16 or bf16.
void check_weight_dtype(const formats::TensorInfo& tensor, const std::string& source);

/// Throws FormatError when an id of this tokenizer.json lies outside the vocabulary. A larger vocabulary is padding.
void check_tokenizer(std::string_view tokenizer_json, int64_t vocab_size, const std::string& source);

}  // namespace trireme::arch
