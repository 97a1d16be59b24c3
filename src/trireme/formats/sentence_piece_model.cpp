#include "trireme/formats/sentence_piece_model.h"

#include <cmath>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/protobuf_reader.h"

namespace trireme::formats {

namespace {

// Numbers of fields in sentencepiece_model.proto.
namespace model_field {
enum { kPieces = 1, kTrainer = 2, kNormalizer = 3 };
}
namespace piece_field {
enum { kText = 1, kScore = 2, kKind = 3 };
}
namespace trainer_field {
enum { kModelType = 3, kWhitespaceAsSuffix = 24, kByteFallback = 35, kBos = 46, kEos = 47 };
}
namespace normalizer_field {
enum { kName = 1, kCharsMap = 2, kAddDummyPrefix = 3, kRemoveExtraWhitespaces = 4, kEscapeWhitespaces = 5 };
}

constexpr uint64_t kBpe = 2;

/// What decides ids and is not the list of pieces, with the defaults of the format.
struct Settings {
  uint64_t model_type = 1;
  bool whitespace_as_suffix = false;
  bool byte_fallback = false;
  std::string bos = "<s>";
  std::string eos = "</s>";
  std::string normalizer;
  bool has_chars_map = false;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

SentencePiece read_piece(std::string_view bytes, const std::string& where) {
  SentencePiece piece;
  ProtobufReader reader(bytes, where);
  while (const auto field = reader.next()) {
    if (field->number == piece_field::kText) piece.text = field->bytes;
    if (field->number == piece_field::kScore) piece.score = field->as_float();
    if (field->number == piece_field::kKind) {
      if (field->integer < 1 || field->integer > 6) {
        throw FormatError(format("{}: unknown kind {}", where, field->integer));
      }
      piece.kind = static_cast<SentencePiece::Kind>(field->integer);
    }
  }
  if (piece.text.empty() || valid_utf8_prefix(piece.text) != piece.text.size()) {
    throw FormatError(format("{}: its text is {}", where, piece.text.empty() ? "empty" : "not UTF-8"));
  }
  if (!std::isfinite(piece.score)) throw FormatError(format("{}: its score is not finite", where));
  return piece;
}

void read_trainer(std::string_view bytes, const std::string& where, Settings& settings) {
  ProtobufReader reader(bytes, where);
  while (const auto field = reader.next()) {
    if (field->number == trainer_field::kModelType) settings.model_type = field->integer;
    if (field->number == trainer_field::kWhitespaceAsSuffix) settings.whitespace_as_suffix = field->integer != 0;
    if (field->number == trainer_field::kByteFallback) settings.byte_fallback = field->integer != 0;
    if (field->number == trainer_field::kBos) settings.bos = field->bytes;
    if (field->number == trainer_field::kEos) settings.eos = field->bytes;
  }
}

void read_normalizer(std::string_view bytes, const std::string& where, Settings& settings) {
  ProtobufReader reader(bytes, where);
  while (const auto field = reader.next()) {
    if (field->number == normalizer_field::kName) settings.normalizer = field->bytes;
    if (field->number == normalizer_field::kCharsMap) settings.has_chars_map = !field->bytes.empty();
    if (field->number == normalizer_field::kAddDummyPrefix) settings.add_dummy_prefix = field->integer != 0;
    if (field->number == normalizer_field::kRemoveExtraWhitespaces) {
      settings.remove_extra_whitespaces = field->integer != 0;
    }
    if (field->number == normalizer_field::kEscapeWhitespaces) settings.escape_whitespaces = field->integer != 0;
  }
}

void check_supported(const Settings& settings, const SentencePieceModel& model, const std::string& where) {
  const auto refuse_if = [&](bool condition, const std::string& what) {
    if (!condition) return;
    throw ConfigError(
        format("{}: {} is not supported; supported are BPE models with byte fallback and without normalization, as "
               "Llama 2's and Mistral's",
               where, what));
  };
  refuse_if(settings.model_type != kBpe, format("model_type {}", settings.model_type));
  refuse_if(!settings.byte_fallback, "a model without byte_fallback");
  refuse_if(settings.has_chars_map, format("normalization {}", settings.normalizer));
  refuse_if(settings.remove_extra_whitespaces, "remove_extra_whitespaces");
  refuse_if(!settings.escape_whitespaces, "a model without escape_whitespaces");
  refuse_if(settings.whitespace_as_suffix, "treat_whitespace_as_suffix");
  for (const SentencePiece& piece : model.pieces) {
    refuse_if(piece.kind == SentencePiece::Kind::kUnused, format("the unused piece \"{}\"", piece.text));
  }
}

std::optional<int32_t> control_id(const SentencePieceModel& model, const std::string& text) {
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const SentencePiece& piece = model.pieces[id];
    if (piece.kind == SentencePiece::Kind::kControl && piece.text == text) return static_cast<int32_t>(id);
  }
  return std::nullopt;
}

}  // namespace

SentencePieceModel sentence_piece_model_from(std::string_view content, const std::string& where) {
  SentencePieceModel model;
  Settings settings;
  ProtobufReader reader(content, where + ": not a SentencePiece model");
  while (const auto field = reader.next()) {
    if (field->number == model_field::kPieces) {
      model.pieces.push_back(read_piece(field->bytes, format("{}: piece {}", where, model.pieces.size())));
    }
    if (field->number == model_field::kTrainer) read_trainer(field->bytes, where + ": trainer_spec", settings);
    if (field->number == model_field::kNormalizer) {
      read_normalizer(field->bytes, where + ": normalizer_spec", settings);
    }
  }
  if (model.pieces.empty()) throw FormatError(where + ": not a SentencePiece model: it holds no pieces");
  check_supported(settings, model, where);
  model.add_dummy_prefix = settings.add_dummy_prefix;
  model.bos = control_id(model, settings.bos);
  model.eos = control_id(model, settings.eos);
  return model;
}

SentencePieceModel read_sentence_piece_model(const fs::path& path) {
  return sentence_piece_model_from(read_file(path), path.string());
}

}  // namespace trireme::formats
