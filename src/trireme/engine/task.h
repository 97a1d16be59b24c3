#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trireme/engine/batch_source.h"
#include "trireme/engine/teacher.h"
#include "trireme/engine/trainer.h"

namespace trireme::engine {

/// A tokenizer as a checkpoint keeps it. All empty where there is none.
struct TokenizerFile {
  std::string hash;
  std::string name;      // in the checkpoint: "tokenizer.json", "tokenizer.model"
  std::string contents;  // empty for a built-in one
};

/// What one rank of a run trains, on what, and from which weights: made from a recipe (setup.h), or by a program that
/// has layers and data of its own.
struct Task {
  std::vector<parallel::NamedLayer> layers;
  std::unique_ptr<BatchSource> train;
  std::unique_ptr<BatchSource> valid;        // null: nothing to evaluate on
  int64_t valid_batches = 0;                 // global batches of `valid` in one evaluation
  std::unique_ptr<Teacher> teacher = {};     // null: the data alone teach
  std::function<void(Trainer&)> initialize;  // fills the masters of a run that begins; collective
  std::string data_identity;                 // what a resumed run must agree with
  TokenizerFile tokenizer;                   // rank 0
  std::string model_config;                  // JSON text of a Hugging Face config.json; empty: not a known family
  std::string adapter_config = {};           // JSON text of PEFT's adapter_config.json; empty: no adapter is trained
  std::optional<double> flops_per_token;     // unknown: no MFU
};

}  // namespace trireme::engine
