#include "trireme/formats/gguf_pre_tokenizer.h"

#include <vector>

namespace trireme::formats {

using nlohmann::json;

namespace {

struct Named {
  std::string name;
  GgufPreTokenizer rules;
};

json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

json sequence(json first, json second) {
  return {{"type", "Sequence"}, {"pretokenizers", json::array({std::move(first), std::move(second)})}};
}

json split(const char* pattern) {
  return {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
}

const std::vector<Named>& known() {
  // As published in the tokenizer.json of Llama 3 and of Qwen2; they differ in how many digits make a word.
  static const char* const kLlama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  static const char* const kQwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  static const json digits = {{"type", "Digits"}, {"individual_digits", true}};
  static const std::vector<Named> list = {
      {"gpt-2", {byte_level(true), nullptr, false}},
      {"smollm", {sequence(digits, byte_level(true)), nullptr, false}},
      {"llama-bpe", {sequence(split(kLlama3), byte_level(false)), nullptr, true}},
      {"qwen2", {sequence(split(kQwen2), byte_level(false)), {{"type", "NFC"}}, false}},
  };
  return list;
}

/// Without what changes no ids, and with the defaults that files may leave out.
json canonical(const json& step) {
  if (!step.is_object()) return step;
  json result = step;
  result.erase("trim_offsets");
  if (step.value("type", "") == "ByteLevel") {
    result.emplace("add_prefix_space", true);
    result.emplace("use_regex", true);
  }
  if (!step.contains("pretokenizers") || !step["pretokenizers"].is_array()) return result;
  for (json& part : result["pretokenizers"]) part = canonical(part);
  return result["pretokenizers"].size() == 1 ? result["pretokenizers"][0] : result;
}

}  // namespace

std::optional<GgufPreTokenizer> gguf_pre_tokenizer(const std::string& name) {
  for (const Named& entry : known()) {
    if (entry.name == name) return entry.rules;
  }
  return std::nullopt;
}

std::optional<std::string> gguf_pre_tokenizer_name(const GgufPreTokenizer& rules) {
  for (const auto& [name, candidate] : known()) {
    if (canonical(candidate.pre_tokenizer) == canonical(rules.pre_tokenizer) &&
        candidate.normalizer == rules.normalizer && candidate.ignore_merges == rules.ignore_merges) {
      return name;
    }
  }
  return std::nullopt;
}

std::string gguf_pre_tokenizer_names() {
  std::string names;
  for (const Named& entry : known()) names += (names.empty() ? "" : ", ") + entry.name;
  return names;
}

}  // namespace trireme::formats
