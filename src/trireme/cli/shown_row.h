#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trireme/data/batch.h"
#include "trireme/data/tokenizer.h"

namespace trireme::cli {

/// A training sequence as `data inspect` shows it.
struct ShownRow {
  data::Sample sample;
  data::Batch batch;  // the sample alone

  ShownRow(const data::SampleSource& source, int64_t index);

  /// Tokens, targets (null: does not count), positions and the documents' first tokens.
  nlohmann::ordered_json json() const;
  /// "documents from 0, 42; 254 of 256 targets count"
  std::string summary() const;
  /// Its text with "‖" before each document but the first and "⟦…⟧" around tokens that are no targets though they are
  /// not the first of their document. Without a tokenizer, ids.
  std::string text(const data::Tokenizer* tokenizer) const;

 private:
  enum class Mark { kPlain, kBorder, kMasked };
  Mark mark(size_t token) const;
};

/// Ids without a tokenizer.
std::string decode_or_ids(const data::Tokenizer* tokenizer, std::span<const data::TokenId> ids);

}  // namespace trireme::cli
