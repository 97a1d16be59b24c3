#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/data/tokenizers/bpe_tokenizer.h"
#include "trireme/data/tokenizers/gguf_tokenizer.h"
#include "trireme/data/tokenizers/tokenizer_json.h"

namespace trireme::data {

inline fs::path source_folder() { return TRIREME_SOURCE_DIR; }

/// What tests/support/fetch_*.py put there.
inline fs::path asset(const std::string& name) { return source_folder() / "build/assets" / name; }

inline nlohmann::json tokenizer_vectors() {
  return nlohmann::json::parse(read_file(source_folder() / "tests/data/tokenizer_vectors.json"));
}

// What takes long to make or to read is made once in a process: a tokenizer of 150,000 tokens takes a third of a
// second.

inline const BpeTokenizer& smollm2() {
  static const auto tokenizer = load_tokenizer(asset("smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"));
  return dynamic_cast<const BpeTokenizer&>(*tokenizer);
}

/// OpenAI's own pair of files: encoder.json maps token to id, vocab.bpe lists the merges below a version
/// line.
inline BpeVocabulary read_gpt2_vocabulary() {
  const auto vocab = nlohmann::json::parse(read_file(asset("gpt2/encoder.json")));
  std::vector<std::string> tokens(vocab.size());
  for (const auto& [token, id] : vocab.items()) tokens.at(id) = token;
  BpeVocabularyBuilder builder(std::move(tokens), {{50256, "<|endoftext|>", true}}, "gpt2");
  std::ifstream merges(asset("gpt2/vocab.bpe"));
  std::string line;
  std::getline(merges, line);
  while (std::getline(merges, line)) {
    if (line.empty()) continue;
    const auto [left, right] = split_merge(line, "vocab.bpe");
    builder.add_merge(left, right);
  }
  BpeVocabulary vocabulary = builder.finish();
  vocabulary.pre_tokenizer = pre_tokenizer_by_name("gpt2");
  vocabulary.eos = 50256;
  return vocabulary;
}

inline const BpeTokenizer& gpt2() {
  static const BpeTokenizer tokenizer(read_gpt2_vocabulary());
  return tokenizer;
}

/// What load_tokenizer takes, of an encoding of tokenizer_vectors.json other than "gpt2".
inline std::string tokenizer_asset(const std::string& name) {
  if (name == "smollm2") return asset("smollm2/SmolLM2-135M-Instruct.Q4_1.gguf");
  if (name == "bert") return asset("minilm");
  if (name == "llama2") return asset("llama2/ggml-vocab-llama-spm.gguf");
  if (name.ends_with("k_base")) return asset("tiktoken/" + name + ".tiktoken");
  if (name.starts_with("mistral_")) return asset("mistral/tokenizer.model." + name.substr(8));
  return asset(name);
}

inline std::unique_ptr<Tokenizer> make_tokenizer(const std::string& name) {
  if (name == "gpt2") return std::make_unique<BpeTokenizer>(read_gpt2_vocabulary());
  return load_tokenizer(tokenizer_asset(name));
}

inline const Tokenizer& tokenizer_named(const char* name) {
  static std::map<std::string, std::unique_ptr<Tokenizer>> made;
  std::unique_ptr<Tokenizer>& tokenizer = made[name];
  if (!tokenizer) tokenizer = make_tokenizer(name);
  return *tokenizer;
}

/// The English dictionary that Debian packages.
inline std::string read_gcide() {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen("/usr/share/dictd/gcide.dict.dz", "rb"), gzclose);
  std::string text(40'000'000, '\0');
  const int size = file ? gzread(file.get(), text.data(), static_cast<unsigned>(text.size())) : -1;
  if (size < 0) throw IoError("can't read gcide.dict.dz: install the Debian package dict-gcide");
  text.resize(static_cast<size_t>(size));
  return text;
}

/// Bytes [first, first + bytes) of it.
inline std::string_view gcide_slice(size_t first, size_t bytes) {
  static const std::string text = read_gcide();
  return std::string_view(text).substr(first, bytes);
}

/// Of each of the 26 languages of Debian's handbook as many whole pages, in the order of their names, as reach
/// 8 MiB / 26: what make_tokenizer_vectors.py reads.
inline std::string read_handbook() {
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

inline const std::string& handbook_text() {
  static const std::string text = read_handbook();
  return text;
}

}  // namespace trireme::data
