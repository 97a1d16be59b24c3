#include "trireme/cli/model_arguments.h"

namespace trireme::cli {

void ModelArguments::declare(Arguments& arguments) {
  arguments.option("--model", "DIR", &path, "Hugging Face folder, checkpoint folder or GGUF file").required = true;
  arguments.option("--tokenizer", "NAME", &tokenizer,
                   "tokenizer.json or its folder, .gguf, .model, .tiktoken, or \"bytes\", if not the model's own");
  arguments.option("--dtype", "DTYPE", &dtype, "of the computation").choices = {"fp32", "bf16", "fp64"};
  arguments.option("--device", "DEVICE", &device, "auto takes a GPU where there is one").choices = {"auto", "cpu",
                                                                                                    "cuda"};
  arguments.option("--threads", "N", &threads, "processor threads; 0: one a core");
}

}  // namespace trireme::cli
