#include "trireme/formats/gguf_token_roles.h"

#include <array>
#include <nlohmann/json.hpp>

#include "trireme/core/format.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

/// The text of a token's role: a string, or an object with `content`.
std::string token_text(const json& config, const char* role) {
  if (!config.is_object() || !config.contains(role)) return {};
  const json& token = config[role];
  if (token.is_string()) return token;
  return token.is_object() ? token.value("content", "") : "";
}

}  // namespace

void add_gguf_roles(const std::map<std::string, uint32_t>& ids, const json& config, GgufMetadata& metadata) {
  constexpr std::array<std::pair<const char*, const char*>, 4> kRoles = {{{"bos_token", "bos_token_id"},
                                                                          {"eos_token", "eos_token_id"},
                                                                          {"unk_token", "unknown_token_id"},
                                                                          {"pad_token", "padding_token_id"}}};
  for (const auto& [role, key] : kRoles) {
    const auto found = ids.find(token_text(config, role));
    if (found != ids.end()) metadata.emplace_back(format("tokenizer.ggml.{}", key), found->second);
  }
  const std::string chat_template = token_text(config, "chat_template");
  if (!chat_template.empty()) metadata.emplace_back("tokenizer.chat_template", chat_template);
}

}  // namespace trireme::formats
