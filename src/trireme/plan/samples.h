#pragma once

#include <memory>
#include <string>

#include "trireme/data/sample_source.h"
#include "trireme/recipe/recipe.h"

namespace trireme::plan {

/// The samples that a recipe trains on, checked against the tokenizer's identity if that is given.
/// REQUIRES: recipe.model.config is resolved. Throws what data::open_dataset does.
std::unique_ptr<data::SampleSource> open_train_samples(const recipe::Recipe& recipe,
                                                       const std::string& tokenizer_hash = {});

/// The samples that it is evaluated on, in file order: data.valid, or the tail of data.train that
/// valid_fraction keeps back. Null when the recipe names neither, or trains on synthetic tokens.
std::unique_ptr<data::SampleSource> open_valid_samples(const recipe::Recipe& recipe,
                                                       const std::string& tokenizer_hash = {});

}  // namespace trireme::plan
