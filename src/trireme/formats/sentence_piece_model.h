#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trireme/core/file.h"

namespace trireme::formats {

/// A piece of a SentencePiece model; its place in the list is its id.
struct SentencePiece {
  /// `Type` of sentencepiece_model.proto.
  enum class Kind { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

  std::string text;  // U+2581 stands for a space
  float score = 0;   // of two pairs, the one whose piece has the higher score joins first
  Kind kind = Kind::kNormal;
};

/// A SentencePiece model of kind BPE with byte fallback and without normalization, as Llama 2 and Mistral have.
struct SentencePieceModel {
  std::vector<SentencePiece> pieces;
  bool add_dummy_prefix = true;  // a text begins with a space, whether it does or not
  std::optional<int32_t> bos, eos;
};

/// Source: sentencepiece_model.proto of google/sentencepiece. Throws IoError, FormatError where the file is damaged,
/// or ConfigError that names what is not supported.
SentencePieceModel read_sentence_piece_model(const fs::path& path);

/// The same from the file's content. Messages begin with `where`.
SentencePieceModel sentence_piece_model_from(std::string_view content, const std::string& where);

}  // namespace trireme::formats
