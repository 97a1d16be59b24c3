#include "trireme/data/tokenizers/rank_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "trireme/core/error.h"

namespace trireme::data {

namespace {

struct Encoding {
  const char* name;
  const char* pre_tokenizer;
  size_t num_ranks;  // of the file, from 0
  std::vector<AddedToken> special;
};

const std::array<Encoding, 2>& known_encodings() {
  static const std::array<Encoding, 2> known = {{
      {"cl100k_base",
       "cl100k",
       100256,
       {{100257, "<|endoftext|>"},
        {100258, "<|fim_prefix|>"},
        {100259, "<|fim_middle|>"},
        {100260, "<|fim_suffix|>"},
        {100276, "<|endofprompt|>"}}},
      {"o200k_base", "o200k", 199998, {{199999, "<|endoftext|>"}, {200018, "<|endofprompt|>"}}},
  }};
  return known;
}

const Encoding& encoding_by_name(std::string_view name, const std::string& where) {
  std::string names;
  for (const Encoding& known : known_encodings()) {
    if (known.name == name) return known;
    names += (names.empty() ? "" : ", ") + std::string(known.name) + ".tiktoken";
  }
  throw ConfigError(
      format("{}: a rank file says neither how to cut text nor which tokens are special, so its name must be that of a "
             "known encoding: {}",
             where, names));
}

/// Six bits of a character of RFC 4648's base64; -1 for any other.
int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// Nothing when it is not padded base64.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;  // bits
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xFF);
  }
  return bytes;
}

struct RankedToken {
  std::string bytes;
  TokenId rank = 0;
};

std::optional<RankedToken> parse_line(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto bytes = decode_base64(line.substr(0, space));
  const std::string_view number = line.substr(space + 1);
  TokenId rank = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), rank);
  if (!bytes || problem != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return RankedToken{std::move(*bytes), rank};
}

/// Every text has ids only if every byte is a token.
void check_bytes(const std::unordered_set<std::string>& seen, const std::string& where) {
  for (int byte = 0; byte < 256; ++byte) {
    if (!seen.contains(std::string(1, static_cast<char>(byte)))) {
      throw FormatError(format("{}: the byte {} is not a token", where, byte));
    }
  }
}

}  // namespace

BpeVocabulary vocabulary_from_ranks(std::string_view content, std::string_view encoding, const std::string& where) {
  const Encoding& known = encoding_by_name(encoding, where);
  BpeVocabulary vocabulary;
  vocabulary.joins_by_id = vocabulary.ignore_merges = true;
  vocabulary.pre_tokenizer = pre_tokenizer_by_name(known.pre_tokenizer);
  vocabulary.added = known.special;
  vocabulary.eos = known.special.front().id;
  std::unordered_set<std::string> seen;
  for (size_t number = 1; !content.empty(); ++number) {
    const size_t end = std::min(content.find('\n'), content.size());
    const std::string_view line = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.empty()) continue;
    auto token = parse_line(line);
    const auto fail = [&](const std::string& what) { throw FormatError(format("{}:{}: {}", where, number, what)); };
    if (!token) fail("not a token in base64, a space and a rank");
    if (static_cast<size_t>(token->rank) != vocabulary.tokens.size()) {
      fail(format("rank {} where {} follows", token->rank, vocabulary.tokens.size()));
    }
    if (!seen.insert(token->bytes).second) fail("the token is there twice");
    vocabulary.tokens.push_back(std::move(token->bytes));
  }
  if (vocabulary.tokens.size() != known.num_ranks) {
    throw FormatError(
        format("{}: holds {} ranks, but {} has {}", where, vocabulary.tokens.size(), encoding, known.num_ranks));
  }
  check_bytes(seen, where);
  vocabulary.tokens.resize(static_cast<size_t>(known.special.back().id) + 1);
  for (const AddedToken& token : vocabulary.added) vocabulary.tokens[static_cast<size_t>(token.id)] = token.text;
  return vocabulary;
}

BpeVocabulary read_rank_file(const fs::path& path) {
  return vocabulary_from_ranks(read_file(path), path.stem().string(), path.string());
}

}  // namespace trireme::data
