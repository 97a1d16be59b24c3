#include "trireme/data/corpus_info.h"

#include <nlohmann/json.hpp>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

CorpusInfo from_json(const Json& json) {
  CorpusInfo info;
  const Json& tokenizer = json.at("tokenizer");
  info.tokenizer = tokenizer.at("name");
  info.tokenizer_hash = tokenizer.at("hash");
  info.vocab_size = tokenizer.at("vocab_size");
  if (!tokenizer.at("end_of_document").is_null()) info.end_of_document = tokenizer.at("end_of_document").get<int64_t>();
  for (const Json& source : json.at("sources")) {
    info.sources.push_back({source.at("path"), source.at("bytes"), source.at("documents"), source.at("tokens"),
                            source.value("empty_documents", int64_t{0})});
  }
  info.bytes = json.at("bytes");
  info.documents = json.at("documents");
  info.tokens = json.at("tokens");
  info.empty_documents = json.value("empty_documents", int64_t{0});
  info.duplicate_documents = json.value("duplicate_documents", int64_t{0});
  info.content_hash = json.at("content_hash");
  if (const auto chat = json.find("chat"); chat != json.end()) {
    info.chat_template = chat->at("template");
    info.counted_tokens = chat->at("counted_tokens");
  }
  return info;
}

}  // namespace

void hash_document(ContentHasher& hasher, std::span<const TokenId> document, std::span<const uint8_t> counted) {
  const auto length = static_cast<int64_t>(document.size());  // so that borders count
  hasher.update(std::as_bytes(std::span(&length, 1)));
  hasher.update(std::as_bytes(document));
  hasher.update(std::as_bytes(counted));
}

fs::path corpus_info_path(const fs::path& prefix) { return prefix.string() + ".json"; }

std::optional<CorpusInfo> read_corpus_info(const fs::path& prefix) {
  const fs::path path = corpus_info_path(prefix);
  if (!fs::exists(path)) return std::nullopt;
  try {
    const Json json = Json::parse(read_file(path));
    const int version = json.at("version");
    if (version != kVersion) {
      throw FormatError(format("{}: version {} is not supported, only {}", path.string(), version, kVersion));
    }
    return from_json(json);
  } catch (const Json::exception& problem) {
    throw FormatError(format("{}: not a description of token files: {}; prepare the data again, or remove this file",
                             path.string(), problem.what()));
  }
}

std::string to_json_text(const CorpusInfo& info) {
  Json sources = Json::array();
  for (const CorpusSource& source : info.sources) {
    sources.push_back({{"path", source.path},
                       {"bytes", source.bytes},
                       {"documents", source.documents},
                       {"tokens", source.tokens},
                       {"empty_documents", source.empty_documents}});
  }
  Json json = {{"version", kVersion},
               {"tokenizer",
                {{"name", info.tokenizer},
                 {"hash", info.tokenizer_hash},
                 {"vocab_size", info.vocab_size},
                 {"end_of_document", info.end_of_document ? Json(*info.end_of_document) : Json()}}},
               {"bytes", info.bytes},
               {"documents", info.documents},
               {"tokens", info.tokens},
               {"empty_documents", info.empty_documents},
               {"duplicate_documents", info.duplicate_documents},
               {"content_hash", info.content_hash},
               {"sources", sources}};
  if (!info.chat_template.empty()) {
    json["chat"] = {{"template", info.chat_template}, {"counted_tokens", info.counted_tokens}};
  }
  // Paths may hold bytes that are not UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_corpus_info(const fs::path& prefix, const CorpusInfo& info) {
  write_file_atomic(corpus_info_path(prefix), to_json_text(info));
}

}  // namespace trireme::data
