#pragma once

#include <string>
#include <string_view>

/// The families that are read from GGUF and written to it.
namespace trireme::arch {

/// GGUF's name of a family: "gptneox" for gpt_neox, llama for mistral too. Empty for a family that has none here.
std::string_view gguf_architecture(std::string_view model_type);
/// The reverse; llama for llama, whose sizes tell whether it is a mistral.
std::string_view model_type_of_gguf(std::string_view architecture);
/// "llama, mistral" and so on, for messages.
std::string gguf_model_types();

}  // namespace trireme::arch
