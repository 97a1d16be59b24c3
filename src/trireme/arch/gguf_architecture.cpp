#include "trireme/arch/gguf_architecture.h"

#include <array>

namespace trireme::arch {

namespace {

struct Named {
  std::string_view model_type;
  std::string_view architecture;
};

constexpr std::array<Named, 8> kNames = {{{"llama", "llama"},
                                          {"mistral", "llama"},
                                          {"qwen2", "qwen2"},
                                          {"qwen3", "qwen3"},
                                          {"gemma2", "gemma2"},
                                          {"gpt2", "gpt2"},
                                          {"gpt_neox", "gptneox"},
                                          {"mpt", "mpt"}}};

}  // namespace

std::string_view gguf_architecture(std::string_view model_type) {
  for (const Named& entry : kNames) {
    if (entry.model_type == model_type) return entry.architecture;
  }
  return {};
}

std::string_view model_type_of_gguf(std::string_view architecture) {
  for (const Named& entry : kNames) {
    if (entry.architecture == architecture) return entry.model_type;
  }
  return {};
}

std::string gguf_model_types() {
  std::string list;
  for (const Named& entry : kNames) list += (list.empty() ? "" : ", ") + std::string(entry.model_type);
  return list;
}

}  // namespace trireme::arch
