#include <iostream>

#include "trireme/arch/adapter.h"
#include "trireme/arch/gguf_file.h"
#include "trireme/arch/hf_folder.h"
#include "trireme/arch/model_source.h"
#include "trireme/cli/command.h"
#include "trireme/cli/size_argument.h"
#include "trireme/core/clock.h"

namespace trireme::cli {

namespace {

struct Convert {
  std::string from;
  std::string to;
  std::string dtype = "keep";
  std::string max_shard_size;
  bool merge = false;

  void declare(Arguments& arguments) {
    arguments.option("--from", "PATH", &from, "GGUF file, Hugging Face or PEFT folder, checkpoint or run folder")
        .required = true;
    arguments
        .option("--to", "PATH", &to,
                "what to write: a Hugging Face folder, which must not exist or be empty, or a new file FILE.gguf")
        .required = true;
    arguments
        .option("--dtype", "DTYPE", &dtype,
                "of the weights written; keep: as stored, quantised ones as fp32; q8_0: GGUF only")
        .choices = {"keep", "fp32", "bf16", "fp16", "q8_0"};
    arguments.option("--max-shard-size", "SIZE", &max_shard_size,
                     "largest weights file of a folder, such as 200MB; default: 5GB");
    arguments.flag("--merge", merge, "add a LoRA adapter to the model it adapts; else it is written alone, for PEFT");
  }

  /// An adapter by itself.
  ExitCode write_adapter(const fs::path& folder) const {
    if (fs::path(to).extension() == ".gguf" || !max_shard_size.empty() || dtype == "q8_0") {
      throw UsageError(
          format("{} is an adapter alone, written as a folder for PEFT: give --merge to write the model it "
                 "makes",
                 from));
    }
    const arch::Adapter adapter = arch::read_adapter(folder);
    const DType stored = dtype_from_name(dtype).value_or(DType::kF32);
    arch::write_peft_folder(adapter, to, stored);
    std::cout << format("{}: LoRA adapter of rank {} for {}, {} matrices as {}\n", to, adapter.config.lora.rank,
                        adapter.config.base, adapter.tensors.size(), name_of(stored));
    return ExitCode::kOk;
  }

  ExitCode run() const {
    const fs::path model = arch::resolve_model(from);
    const bool is_adapter = fs::is_directory(model) && arch::holds_adapter(model);
    if (merge && !is_adapter) throw UsageError(format("--merge: {} is no LoRA adapter", from));
    return is_adapter && !merge ? write_adapter(model) : write_model();
  }

  ExitCode write_model() const {
    const Stopwatch watch;
    const bool gguf = fs::path(to).extension() == ".gguf";
    if (gguf && !max_shard_size.empty()) throw UsageError("--max-shard-size is for folders; a GGUF file is one file");
    if (!gguf && dtype == "q8_0") throw UsageError("--dtype q8_0 is for GGUF: name a file such as --to model.gguf");
    arch::HfFolderOptions options{.dtype = dtype_from_name(dtype)};
    if (!max_shard_size.empty()) options.max_shard_bytes = parse_size("--max-shard-size", max_shard_size);
    const auto source = arch::open_model_source(from);
    const DType stored = options.dtype.value_or(source->dtype());
    if (gguf) {
      arch::write_gguf(*source, to, dtype == "q8_0" ? formats::GgmlType::kQ8_0 : arch::ggml_type_of(stored));
    } else {
      arch::write_hf_folder(*source, to, options);
    }
    const int64_t parameters = arch::describe(source->config()).num_parameters();
    std::cout << format("{}: {} model, {} parameters as {}, in {}\n", to, source->config().model_type, parameters,
                        dtype == "q8_0" ? "q8_0" : name_of(stored), format_seconds(watch.seconds()));
    return ExitCode::kOk;
  }
};

const Registered<Convert> registered{{
    .name = "convert",
    .summary = "turn a GGUF file, a checkpoint or a Hugging Face folder into a Hugging Face folder or a GGUF file",
    .example = "trireme convert --from SmolLM2-135M-Instruct.Q4_1.gguf --to smollm2 --dtype bf16",
    .group = CommandGroup::kData,
}};

}  // namespace

}  // namespace trireme::cli
