#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/gguf_vocabulary.h"
#include "trireme/data/tokenizers/tokenizer_json.h"

namespace trireme::data {

inline fs::path source_folder() { return TRIREME_SOURCE_DIR; }

/// What tests/support/fetch_*.py put there.
inline fs::path asset(const std::string& name) { return source_folder() / "build/assets" / name; }

inline nlohmann::json tokenizer_vectors() {
  return nlohmann::json::parse(read_file(source_folder() / "tests/data/tokenizer_vectors.json"));
}

inline BpeTokenizer smollm2() {
  return BpeTokenizer(read_gguf_vocabulary(asset("smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")));
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

/// What load_tokenizer takes, of an encoding of tokenizer_vectors.json other than "gpt2".
inline std::string tokenizer_asset(const std::string& name) {
  if (name == "smollm2") return asset("smollm2/SmolLM2-135M-Instruct.Q4_1.gguf");
  if (name == "bert") return asset("minilm");
  if (name.ends_with("k_base")) return asset("tiktoken/" + name + ".tiktoken");
  if (name.starts_with("mistral_")) return asset("mistral/tokenizer.model." + name.substr(8));
  return asset(name);
}

inline std::unique_ptr<Tokenizer> tokenizer_named(const std::string& name) {
  if (name == "gpt2") return std::make_unique<BpeTokenizer>(gpt2().vocabulary());
  return load_tokenizer(tokenizer_asset(name));
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

/// Of each of the 26 languages of Debian's handbook as many whole pages, in the order of their names, as reach
/// 8 MiB / 26: what make_tokenizer_vectors.py reads.
inline std::string handbook_text() {
  const auto sorted = [](const fs::path& folder) {
    std::vector<fs::path> paths(fs::directory_iterator(folder), {});
    std::sort(paths.begin(), paths.end());
    return paths;
  };
  const fs::path root = "/usr/share/doc/debian-handbook/html";
  if (!fs::exists(root)) throw IoError("can't read the handbook: install the Debian package debian-handbook");
  std::string text;
  for (const fs::path& language : sorted(root)) {
    if (!fs::is_directory(language)) continue;
    const size_t before = text.size();
    for (const fs::path& page : sorted(language)) {
      if ((text.size() - before) * 26 >= size_t{8} << 20) break;
      if (page.extension() == ".html") text += read_file(page);
    }
  }
  return text;
}

}  // namespace trireme::data
