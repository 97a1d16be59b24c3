#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trireme/arch/lora.h"
#include "trireme/arch/model_config.h"

namespace trireme::recipe {

/// [model]: sizes in the Hugging Face vocabulary, or `from` a Hugging Face folder.
struct Model {
  std::string from;          // folder with config.json; empty: the sizes below
  bool load_weights = true;  // with `from`: start from its safetensors, if it holds any
  std::string preset;        // a name from `trireme catalog models`, for example "llama3-8b"; sizes below override
  arch::ModelConfig config;
};

/// [data]: token files or text, blended by weight.
struct Data {
  std::vector<std::string> train;  // "prefix" or "weight prefix" of Megatron .bin/.idx pairs
  std::vector<std::string> valid;  // empty: `valid_fraction` of train
  double valid_fraction = 0.0;
  std::string tokenizer;           // tokenizer.json or its folder, .gguf, .model, .tiktoken, or "bytes"
  std::string order = "shuffled";  // shuffled, sequential
  std::string packing =
      "stream";         // stream, documents: attention masked at their borders; whole: none cut that fits into a row
  bool verify = false;  // read the token files once before the run and compare their hash
  double mask_fraction = 0.15;  // encoders: part of the tokens that the model must find
  bool synthetic = false;       // seeded tokens from a counter instead of files, for benchmarks
};

/// [parallel]: degrees of the mesh axes, outermost first.
struct Parallel {
  int64_t pp = 1;
  int64_t dp_replicate = 1;
  int64_t dp_shard = -1;  // -1: what is left of the world
  int64_t cp = 1;
  int64_t tp = 1;
  int64_t ep = 1;
  int64_t zero = 3;                   // 0 ddp; 1, 2, 3
  bool reshard_after_forward = true;  // zero = 3 only
  bool sequence_parallel = false;
  std::string schedule = "1f1b";
};

/// [precision]
struct Precision {
  std::string compute = "fp32";  // param_dtype: fp32, bf16; fp64 for proofs
  std::string reduce = "fp32";   // dtype of gradient collectives: fp32, bf16; with compute = fp64 it is fp64
};

/// [optimizer]
struct Optimizer {
  std::string name = "adamw";  // adamw, sgd
  double learning_rate = 3e-4;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.1;
  double momentum = 0.0;  // sgd
  double max_norm = 1.0;  // clip limit of the global gradient norm; 0: off
  bool decay_norms = false;
  bool decay_embeddings = true;
};

/// [schedule] of the learning rate, in steps.
struct Schedule {
  std::string name = "cosine";  // constant, linear, cosine, wsd, inverse_sqrt
  int64_t warmup_steps = 0;
  int64_t decay_steps = 0;  // step; 0: train.steps. For wsd the length of the final decay; 0: a tenth of it
  double min_ratio = 0.1;   // of the peak
};

/// [train]
struct Train {
  int64_t steps = 100;
  int64_t global_batch_size = 8;  // sequences a step
  int64_t micro_batch_size = 1;   // sequences in one forward on one rank
  int64_t seq_len = 256;          // tokens
  uint64_t seed = 1;
  std::string recompute = "none";  // none, selective, full
  int64_t max_skipped_steps = 10;  // consecutive non-finite steps before the run stops
};

/// [distill]: a trained model teaches beside the data; kernels::Distillation has the formula.
struct Distill {
  std::string teacher;                    // what arch::open_model_source takes; empty: the data alone teach
  double temperature = 2.0;               // of both distributions
  double weight = 0.5;                    // of the teacher in the loss; the data have the rest
  int64_t vocabulary = 0;                 // leading ids that both models share; 0: all, and their number must be equal
  arch::ModelConfig teacher_config = {};  // read from `teacher`, no option
};

/// [checkpoint]
struct Checkpoint {
  int64_t every_steps = 0;       // 0: only at the end and on a signal
  int64_t keep = 2;              // newest ones kept
  double keep_hours = 0;         // also keep those that are younger than this
  int64_t keep_every_steps = 0;  // also keep every multiple of this for ever
  bool asynchronous = true;
};

/// [evaluate]
struct Evaluate {
  int64_t every_steps = 0;  // 0: only at the end
  int64_t batches = 8;      // global batches of the valid split
};

/// [log]
struct Log {
  std::string folder = "runs";
  std::string name;  // run name; empty: the recipe's file name
  int64_t every_steps = 1;
  bool tensorboard = true;
  std::string trace;  // file for a Chrome trace of spans; empty: off
};

/// [system]
struct System {
  std::string device = "auto";   // auto, cpu, cuda
  int64_t threads = 0;           // a rank; 0: cores / local ranks
  std::string backend = "auto";  // auto, local, shm, mpi, hierarchical, nccl
  double timeout_s = 300;        // deadline of a collective
  double heartbeat_s = 5;
  bool deterministic = true;
  int64_t verify_every_steps = 0;  // compare what ranks hold in common, to find silent corruption; 0: off
};

struct Recipe {
  int64_t version = 1;
  Model model;
  arch::Lora lora;  // [lora]: train low-rank adapters of model.from
  Data data;
  Parallel parallel;
  Precision precision;
  Optimizer optimizer;
  Schedule schedule;
  Train train;
  Distill distill;
  Checkpoint checkpoint;
  Evaluate evaluate;
  Log log;
  System system;
};

}  // namespace trireme::recipe
