#include <iostream>

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

  void declare(Arguments& arguments) {
    arguments.option("--from", "PATH", &from, "GGUF file, Hugging Face folder, checkpoint or run folder").required =
        true;
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
  }

  ExitCode run() const {
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
