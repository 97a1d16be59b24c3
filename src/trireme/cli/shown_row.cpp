#include "trireme/cli/shown_row.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/core/format.h"

namespace trireme::cli {

using Json = nlohmann::ordered_json;

std::string decode_or_ids(const data::Tokenizer* tokenizer, std::span<const data::TokenId> ids) {
  if (tokenizer) return tokenizer->decode(ids);
  std::string text;
  for (const data::TokenId id : ids) text += format("{} ", id);
  return text;
}

ShownRow::ShownRow(const data::SampleSource& source, int64_t index)
    : sample(source.sample(index)), batch(data::read_batch(source, index, 1)) {}

Json ShownRow::json() const {
  Json targets = Json::array();
  for (const int64_t target : batch.targets) targets.push_back(target == data::kNoTarget ? Json() : Json(target));
  return {{"tokens", sample.tokens},
          {"targets", std::move(targets)},
          {"positions", batch.positions},
          {"document_starts", sample.document_starts}};
}

std::string ShownRow::summary() const {
  const auto masked = std::ranges::count(batch.targets, data::kNoTarget);
  const auto targets = static_cast<int64_t>(batch.targets.size());
  std::string borders;
  for (const int64_t start : sample.document_starts) borders += format("{}{}", borders.empty() ? "" : ", ", start);
  const std::string counted = format("{} of {} targets count", targets - masked, targets);
  return borders.empty() ? counted : format("documents from {}; {}", borders, counted);
}

ShownRow::Mark ShownRow::mark(size_t token) const {
  if (token == 0) return Mark::kPlain;
  if (std::ranges::count(sample.document_starts, static_cast<int64_t>(token)) > 0) return Mark::kBorder;
  return batch.targets[token - 1] == data::kNoTarget ? Mark::kMasked : Mark::kPlain;
}

std::string ShownRow::text(const data::Tokenizer* tokenizer) const {
  const std::span<const data::TokenId> tokens(sample.tokens);
  std::string text;
  for (size_t begin = 0; begin < tokens.size();) {
    const Mark kind = mark(begin);
    size_t end = begin + 1;
    // A border is its first token alone, so that what follows is judged anew; plain text goes on behind it.
    while (end < tokens.size() && mark(end) == (kind == Mark::kMasked ? Mark::kMasked : Mark::kPlain)) ++end;
    const std::string part = decode_or_ids(tokenizer, tokens.subspan(begin, end - begin));
    text += kind == Mark::kMasked ? "⟦" + part + "⟧" : (kind == Mark::kBorder ? "‖" : "") + part;
    begin = end;
  }
  return text;
}

}  // namespace trireme::cli
