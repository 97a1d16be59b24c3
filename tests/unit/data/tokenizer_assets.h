#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/bpe_tokenizer.h"
#include "trireme/data/gguf_vocabulary.h"
#include "trireme/data/tokenizer_json.h"

namespace trireme::data {

inline fs::path source_folder() { return TRIREME_SOURCE_DIR; }

/// What tests/support/fetch_*.py put there.
inline fs::path asset(const std::string& name) { return source_folder() / "build/assets" / name; }

inline nlohmann::json tokenizer_vectors() {
  return nlohmann::json::parse(read_file(source_folder() / "tests/data/tokenizer_vectors.json"));
}

inline BpeTokenizer smollm2() {
  for (const auto& entry : fs::recursive_directory_iterator(asset("smollm2"))) {
    if (entry.path().extension() == ".gguf") return BpeTokenizer(read_gguf_vocabulary(entry.path()));
  }
  throw IoError("no GGUF file below build/assets/smollm2; run tests/support/fetch_smollm2.py");
}

/// OpenAI's own pair of files: encoder.json maps token to id, vocab.bpe lists the merges below a version
/// line.
inline BpeTokenizer gpt2() {
  BpeText text;
  const auto vocab = nlohmann::json::parse(read_file(asset("gpt2/encoder.json")));
  text.tokens.resize(vocab.size());
  for (const auto& [token, id] : vocab.items()) text.tokens.at(id) = token;
  text.added = {{50256, "<|endoftext|>", true}};
  std::ifstream merges(asset("gpt2/vocab.bpe"));
  std::string line;
  std::getline(merges, line);
  while (std::getline(merges, line)) {
    if (!line.empty()) text.merges.push_back(split_merge(line, "vocab.bpe"));
  }
  BpeVocabulary vocabulary = vocabulary_from_text(text, "gpt2");
  vocabulary.pre_tokenizer = pre_tokenizer_by_name("gpt2");
  vocabulary.eos = 50256;
  return BpeTokenizer(std::move(vocabulary));
}

/// Bytes [first, first + bytes) of the English dictionary that Debian packages.
inline std::string gcide_slice(size_t first, size_t bytes) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen("/usr/share/dictd/gcide.dict.dz", "rb"), gzclose);
  std::string text(first + bytes, '\0');
  if (!file || gzread(file.get(), text.data(), static_cast<unsigned>(text.size())) != static_cast<int>(text.size())) {
    throw IoError("can't read gcide.dict.dz: install the Debian package dict-gcide");
  }
  return text.substr(first);
}

}  // namespace trireme::data
