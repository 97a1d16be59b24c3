#include "trireme/data/text_pipeline.h"

#include <algorithm>
#include <thread>

#include "trireme/core/error.h"
#include "trireme/formats/json_view.h"

namespace trireme::data {

int64_t worker_threads(int64_t workers) {
  if (workers < 0) throw UsageError(format("--workers must be at least 0, got {}", workers));
  return workers > 0 ? workers : std::max<int64_t>(1, std::thread::hardware_concurrency());
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string place_of(const TextPiece& piece, const std::string& input) {
  if (piece.member.empty()) return format("{}:{}", input, piece.number);
  return format("{}: {}", input, piece.member);
}

std::string document_text(TextPiece piece, const std::string& input, const std::string& jsonl_key) {
  if (!piece.is_json) return std::move(piece.text);
  if (is_blank(piece.text)) return {};
  const std::string place = place_of(piece, input);
  const auto fail = [&](const std::string& what) { throw FormatError(format("{}: {}", place, what)); };
  const formats::JsonView value(piece.text, place);
  if (!value.is_object()) fail("not a JSON object");
  const auto text = value.find(jsonl_key);
  if (!text) fail(format("has no key \"{}\"; name the key of the text with --jsonl-key", jsonl_key));
  if (!text->is_string()) fail(format("\"{}\" is no string", jsonl_key));
  return text->string();
}

}  // namespace trireme::data
