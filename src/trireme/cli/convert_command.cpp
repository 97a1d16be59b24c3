#include <iostream>

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
  std::string max_shard_size = "5GB";

  void declare(Arguments& arguments) {
    arguments.option("--from", "PATH", &from, "GGUF file, Hugging Face folder, checkpoint or run folder").required =
        true;
    arguments.option("--to", "DIR", &to, "new Hugging Face folder; must not exist, or be empty").required = true;
    arguments.option("--dtype", "DTYPE", &dtype, "of the weights written; keep: as stored, quantised ones as fp32")
        .choices = {"keep", "fp32", "bf16", "fp16"};
    arguments.option("--max-shard-size", "SIZE", &max_shard_size, "largest weights file, such as 5GB or 200MB");
  }

  ExitCode run() const {
    const Stopwatch watch;
    arch::HfFolderOptions options;
    if (dtype != "keep") options.dtype = dtype_from_name(dtype);
    options.max_shard_bytes = parse_size("--max-shard-size", max_shard_size);
    const auto source = arch::open_model_source(from);
    arch::write_hf_folder(*source, to, options);
    const int64_t parameters = arch::describe(source->config()).num_parameters();
    std::cout << format("{}: {} model, {} parameters as {}, in {}\n", to, source->config().model_type, parameters,
                        name_of(options.dtype.value_or(source->dtype())), format_seconds(watch.seconds()));
    return ExitCode::kOk;
  }
};

const Registered<Convert> registered{{
    .name = "convert",
    .summary = "turn a GGUF file, a checkpoint or a Hugging Face folder into a Hugging Face folder",
    .example = "trireme convert --from SmolLM2-135M-Instruct.Q4_1.gguf --to smollm2 --dtype bf16",
    .group = CommandGroup::kData,
}};

}  // namespace

}  // namespace trireme::cli
