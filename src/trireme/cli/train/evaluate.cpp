#include <ATen/ATen.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "trireme/cli/evaluate_command.h"
#include "trireme/cli/train/load_model.h"

namespace trireme::cli {
namespace {

/// Nats summed over each row of seq_len targets.
std::vector<double> row_losses(model::WholeModel& model, std::span<const data::TokenId> ids, int64_t seq_len,
                               int64_t rows) {
  std::vector<double> losses;
  for (int64_t row = 0; row < rows; ++row) {
    const at::Tensor tokens = at::empty({1, seq_len + 1}, at::kLong);
    std::ranges::copy(ids.subspan(static_cast<size_t>(row * (seq_len + 1)), static_cast<size_t>(seq_len + 1)),
                      tokens.mutable_data_ptr<int64_t>());
    const layer::Microbatch batch{.tokens = tokens.narrow(1, 0, seq_len).to(model.device()).contiguous(),
                                  .targets = tokens.narrow(1, 1, seq_len).to(model.device()).contiguous(),
                                  .positions = model::row_positions(1, seq_len, model.device()),
                                  .document_starts = {},
                                  .loss_scale = {}};
    layer::StepSums sums = model::make_step_sums(model.device());
    model.evaluate(batch, sums);
    losses.push_back(sums.loss.item<double>());
  }
  return losses;
}

/// Bytes of text that the targets stand for: every token of a row but its first.
int64_t predicted_bytes(const data::Tokenizer& tokenizer, std::span<const data::TokenId> ids, int64_t seq_len,
                        int64_t rows) {
  int64_t bytes = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const auto first = static_cast<size_t>(row * (seq_len + 1) + 1);
    bytes += static_cast<int64_t>(tokenizer.decode(ids.subspan(first, static_cast<size_t>(seq_len))).size());
  }
  return bytes;
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

ExitCode EvaluateCommand::run() {
  if (seq_len < 1) throw UsageError(format("--seq-len must be at least 1, got {}", seq_len));
  if (rows < 0) throw UsageError(format("--rows must be at least 0, got {}", rows));
  const LoadedModel loaded = load_model(model);
  const std::vector<data::TokenId> ids = loaded.tokenizer->encode(read_file(text));
  const int64_t num_rows = rows_to_run(*this, ids.size());
  std::vector<double> losses = row_losses(*loaded.build(seq_len), ids, seq_len, num_rows);

  double total = 0;
  for (double& loss : losses) {
    total += loss;
    loss /= static_cast<double>(seq_len);
  }
  const int64_t tokens = num_rows * seq_len;
  const int64_t bytes = predicted_bytes(*loaded.tokenizer, ids, seq_len, num_rows);
  const double mean = total / static_cast<double>(tokens);
  const double bits_a_byte = total / (std::numbers::ln2 * static_cast<double>(bytes));
  if (json) {
    std::cout << nlohmann::ordered_json{{"loss", mean},
                                        {"tokens", tokens},
                                        {"bytes", bytes},
                                        {"bits_per_byte", bits_a_byte},
                                        {"row_losses", losses}}
                     .dump()
              << "\n";
  } else {
    std::cout << format("loss {} nats a token, perplexity {}, {} bits a byte, over {} tokens in {} rows\n",
                        format_fixed(mean, 6), format_fixed(std::exp(mean), 3), format_fixed(bits_a_byte, 3), tokens,
                        num_rows);
  }
  return ExitCode::kOk;
}

}  // namespace trireme::cli
