#include <algorithm>
#include <cmath>
#include <numbers>

#include "trireme/cli/train/evaluation.h"

namespace trireme::cli {
namespace {

/// Bytes of text that the targets stand for: every token of a row but its first.
int64_t predicted_bytes(const data::Tokenizer& tokenizer, std::span<const data::TokenId> row) {
  return static_cast<int64_t>(tokenizer.decode(row.subspan(1)).size());
}

int64_t rows_to_run(const EvaluateCommand& command, size_t num_ids) {
  const auto whole = static_cast<int64_t>(num_ids) / (command.seq_len + 1);
  if (whole == 0 || whole < command.rows) {
    throw ConfigError(
        format("{} has {} tokens: {} rows of {} + 1, but {} were asked for; use a shorter --seq-len or fewer --rows",
               command.text, num_ids, whole, command.seq_len, std::max<int64_t>(command.rows, 1)));
  }
  return command.rows > 0 ? command.rows : whole;
}

}  // namespace

Evaluated evaluate_text(const EvaluateCommand& command, const LoadedModel& loaded) {
  const std::vector<data::TokenId> ids = loaded.tokenizer->encode(read_file(command.text));
  const int64_t rows = rows_to_run(command, ids.size());
  const auto model = loaded.build(command.seq_len);
  std::vector<double> losses;
  double nats = 0;
  int64_t bytes = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const auto width = static_cast<size_t>(command.seq_len + 1);
    const auto row = std::span(ids).subspan(static_cast<size_t>(i) * width, width);
    const double row_nats = nats_of(*model, row, 1);
    nats += row_nats;
    losses.push_back(row_nats / static_cast<double>(command.seq_len));
    bytes += predicted_bytes(*loaded.tokenizer, row);
  }
  const int64_t tokens = rows * command.seq_len;
  const double loss = nats / static_cast<double>(tokens);
  const double bits_a_byte = nats / (std::numbers::ln2 * static_cast<double>(bytes));
  return {.figures = {{"loss", loss},
                      {"perplexity", std::exp(loss)},
                      {"bits_per_byte", bits_a_byte},
                      {"tokens", tokens},
                      {"bytes", bytes}},
          .details = {{"row_losses", losses}},
          .line = format("loss {} nats a token, perplexity {}, {} bits a byte, over {} tokens in {} rows\n",
                         format_fixed(loss, 6), format_fixed(std::exp(loss), 3), format_fixed(bits_a_byte, 3), tokens,
                         rows)};
}

}  // namespace trireme::cli
