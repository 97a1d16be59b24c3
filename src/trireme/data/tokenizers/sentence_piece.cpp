#include "trireme/data/tokenizers/sentence_piece.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "trireme/core/error.h"
#include "trireme/data/tokenizers/identity_hasher.h"
#include "trireme/data/tokenizers/sentence_piece_encoder.h"
#include "trireme/data/tokenizers/sentence_piece_text.h"

namespace trireme::data {

namespace {

using Kind = SentencePiece::Kind;

constexpr TokenId kNoPiece = -1;

std::string unescaped(std::string_view text) {
  std::string plain;
  for (size_t at = 0; (at = text.find(kPieceSpace)) != std::string_view::npos;
       text.remove_prefix(at + kPieceSpace.size())) {
    plain += text.substr(0, at);
    plain += ' ';
  }
  return plain += text;
}

/// Of "<0x0A>", as byte pieces are written.
std::optional<unsigned> byte_of(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text.back() != '>') return std::nullopt;
  unsigned byte = 0;
  const auto [end, problem] = std::from_chars(text.data() + 3, text.data() + 5, byte, 16);
  if (problem != std::errc() || end != text.data() + 5) return std::nullopt;
  return byte;
}

std::vector<AddedToken> of_kind(const SentencePieceModel& model, Kind kind) {
  std::vector<AddedToken> tokens;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    if (piece.kind == kind) tokens.push_back({static_cast<TokenId>(id), piece.text, kind == Kind::kControl});
  }
  return tokens;
}

/// Rank by id: pieces of equal score have equal ranks, and the highest score has the lowest.
std::vector<uint32_t> ranks_of(const std::vector<SentencePiece>& pieces) {
  std::vector<size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pieces[a].score > pieces[b].score; });
  std::vector<uint32_t> ranks(pieces.size());
  uint32_t rank = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && pieces[order[i]].score != pieces[order[i - 1]].score) ++rank;
    ranks[order[i]] = rank;
  }
  return ranks;
}

std::string identity_of(const SentencePieceModel& model) {
  IdentityHasher hasher;
  hasher.put("sentencepiece bpe 1");
  hasher.put(model.add_dummy_prefix);
  hasher.put(static_cast<int64_t>(model.pieces.size()));
  for (const SentencePiece& piece : model.pieces) {
    hasher.put(piece.text);
    hasher.put(static_cast<int64_t>(piece.kind));
    hasher.put_bytes(std::as_bytes(std::span(&piece.score, 1)));
  }
  return hasher.hex();
}

TokenizerFacts facts_of(const SentencePieceModel& model) {
  return {.vocab_size = static_cast<int64_t>(model.pieces.size()),
          .bos = model.bos,
          .eos = model.eos,
          .special_tokens = special_tokens_of(of_kind(model, Kind::kControl)),
          .identity = identity_of(model),
          // A piece of a text that is encoded apart would begin with one more space.
          .may_cut_before_space = false};
}

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(SentencePieceModel model, const std::string& where)
    : Tokenizer(facts_of(model)),
      model_(std::move(model)),
      control_(of_kind(model_, Kind::kControl)),
      user_defined_(of_kind(model_, Kind::kUserDefined)) {
  byte_ids_.fill(kNoPiece);
  const std::vector<uint32_t> ranks = ranks_of(model_.pieces);
  for (size_t id = 0; id < model_.pieces.size(); ++id) {
    const SentencePiece& piece = model_.pieces[id];
    if (piece.kind == Kind::kByte) {
      const auto byte = byte_of(piece.text);
      if (!byte) throw FormatError(format("{}: piece {} is a byte, but spells \"{}\"", where, id, piece.text));
      byte_ids_[*byte] = static_cast<TokenId>(id);
    }
    if (piece.kind != Kind::kNormal) continue;
    if (!pieces_.emplace(piece.text, BpeMerger::Joined{ranks[id], static_cast<TokenId>(id)}).second) {
      throw FormatError(format("{}: piece {}, \"{}\", is there twice", where, id, piece.text));
    }
    for_each_boundary(piece.text, [&](size_t, unsigned pair) { joins_.set(pair); });
  }
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    if (byte_ids_[byte] == kNoPiece) throw FormatError(format("{}: the byte {} has no piece", where, byte));
  }
}

std::unique_ptr<Encoder> SentencePieceTokenizer::make_encoder() const {
  return std::make_unique<SentencePieceEncoder>(*this);
}

std::string SentencePieceTokenizer::decode_known(std::span<const TokenId> ids) const {
  std::string text;
  bool drops_space = model_.add_dummy_prefix;
  for (const TokenId id : ids) {
    const SentencePiece& piece = model_.pieces[static_cast<size_t>(id)];
    if (piece.kind == Kind::kByte) {
      text += static_cast<char>(*byte_of(piece.text));
    } else {
      const std::string plain = unescaped(piece.text);
      text += std::string_view(plain).substr(drops_space && plain.starts_with(' ') ? 1 : 0);
    }
    drops_space = model_.add_dummy_prefix && piece.kind == Kind::kControl;
  }
  return text;
}

}  // namespace trireme::data
