#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trireme/core/file.h"
#include "trireme/core/hash.h"
#include "trireme/data/tokenizer.h"

namespace trireme::data {

/// One input of `data prepare`.
struct CorpusSource {
  std::string path;
  int64_t bytes = 0;  // of text, decompressed
  int64_t documents = 0;
  int64_t tokens = 0;
  int64_t empty_documents = 0;  // without text, left out
};

/// PREFIX.json beside a token file pair: where it came from. docs/formats/tokenizer-and-data.md gives the
/// keys.
struct CorpusInfo {
  std::string tokenizer;                        // as named to `data prepare`
  std::string tokenizer_hash;                   // Tokenizer::identity
  int64_t vocab_size = 0;                       // of the tokenizer
  std::optional<int64_t> end_of_document = {};  // id appended to each document
  std::vector<CorpusSource> sources = {};
  int64_t bytes = 0;
  int64_t documents = 0;
  int64_t tokens = 0;
  int64_t empty_documents = 0;
  int64_t duplicate_documents = 0;  // like one before them, of whatever source; kept
  std::string content_hash = {};    // identity of the data: of all ids, all document lengths and the target mask
  std::string chat_template = {};   // of chats, which have a target mask; empty: every token counts
  int64_t counted_tokens = 0;       // of chats: tokens that the mask lets count as targets
};

/// Adds the next document to the hash that becomes `content_hash`; `counted` is its part of the target mask, empty
/// where there is none.
void hash_document(ContentHasher& hasher, std::span<const TokenId> document, std::span<const uint8_t> counted = {});

fs::path corpus_info_path(const fs::path& prefix);
/// Nothing when there is no such file. Throws FormatError when there is one that is not valid.
std::optional<CorpusInfo> read_corpus_info(const fs::path& prefix);
void write_corpus_info(const fs::path& prefix, const CorpusInfo& info);
std::string to_json_text(const CorpusInfo& info);

}  // namespace trireme::data
