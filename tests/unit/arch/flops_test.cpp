#include "trireme/arch/flops.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <stdexcept>

#include "trireme/core/file.h"

namespace trireme::arch {
namespace {

ModelConfig llama3_8b() {
  ModelConfig config;
  config.hidden_size = 4096;
  config.intermediate_size = 14336;
  config.num_hidden_layers = 32;
  config.num_attention_heads = 32;
  config.num_key_value_heads = 8;
  config.vocab_size = 128256;
  return config;
}

TEST(Flops, TermsAreClosedForms) {
  const FlopTerms terms = flop_terms(describe(llama3_8b()));
  const int64_t block = 2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 14336 * 4096;
  EXPECT_EQ(terms.matmul_parameters, 32 * block + 128256 * 4096);
  EXPECT_EQ(terms.parameters, 8'030'261'248);
  EXPECT_EQ(terms.attention_width, 4096);
}

TEST(Flops, KnownFigure) {
  // 57.9 GFLOP a token: what torchtitan's logged tokens/s and MFU of Llama 3 8B at 8192 imply.
  const double flops = flops_per_token(flop_terms(describe(llama3_8b())), 8192, FlopConvention::kMatmul);
  EXPECT_NEAR(flops / 1e9, 57.9, 0.05);
}

TEST(Flops, MegatronsFormulaIsTheMatmulConvention) {
  for (const bool tied : {false, true}) {
    ModelConfig config = llama3_8b();
    config.tie_word_embeddings = tied;
    config.head_dim = 96;
    for (const int64_t seq_len : {1, 512, 131072}) {
      const double ours = flops_per_token(flop_terms(describe(config)), seq_len, FlopConvention::kMatmul);
      EXPECT_NEAR(megatron_flops_per_token(config, seq_len) / ours, 1.0, 1e-12) << seq_len;
    }
  }
}

TEST(Flops, CausalHalvesAttentionAndAWindowCutsIt) {
  ModelConfig config = llama3_8b();
  const auto attention = [](const ModelConfig& model, FlopConvention convention) {
    const FlopTerms terms = flop_terms(describe(model));
    return flops_per_token(terms, 8192, convention) - 6.0 * static_cast<double>(terms.matmul_parameters);
  };
  EXPECT_DOUBLE_EQ(attention(config, FlopConvention::kCausal), attention(config, FlopConvention::kMatmul) / 2);
  const double whole = attention(config, FlopConvention::kCausal);
  config.model_type = "mistral";
  config.sliding_window = 8192;
  EXPECT_DOUBLE_EQ(attention(config, FlopConvention::kCausal), whole);
  config.sliding_window = 2048;  // 2048 (1 - 1/8) keys of 4096
  EXPECT_DOUBLE_EQ(attention(config, FlopConvention::kCausal), whole * 1792 / 4096);
}

std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

/// A published run. The convention is the one its source used; the model is as its source built it.
struct PublishedRun {
  std::map<std::string, std::string> fields;

  const std::string& text(const std::string& column) const { return fields.at(column); }
  int64_t integer(const std::string& column) const { return std::stoll(fields.at(column)); }
  double number(const std::string& column) const { return std::stod(fields.at(column)); }

  FlopTerms terms() const {
    const int64_t layers = integer("layers"), hidden = integer("hidden"), heads = integer("heads");
    const int64_t key_value = hidden / heads * integer("kv_heads");
    const int64_t matrices = integer("gated_mlp") ? 3 : 2;
    const int64_t block = 2 * hidden * hidden + 2 * hidden * key_value + matrices * hidden * integer("ffn");
    const int64_t table = integer("vocab") * hidden;
    const int64_t positions = integer("learned_positions") * integer("seq") * hidden;
    const int64_t norms = (2 * layers + 1) * hidden;
    const int64_t matmul = layers * block + table;
    return {.parameters = matmul + (integer("tied_embeddings") ? 0 : table) + positions + norms,
            .matmul_parameters = matmul,
            .layers = layers,
            .attention_width = hidden};
  }

  FlopConvention convention() const {
    for (const FlopConvention known : kFlopConventions) {
      if (name_of(known) == text("convention")) return known;
    }
    throw std::runtime_error("unknown convention " + text("convention"));
  }

  double tflops() const {
    return number("tokens_per_second_per_gpu") * flops_per_token(terms(), integer("seq"), convention()) / 1e12;
  }
};

std::vector<PublishedRun> published_runs() {
  std::istringstream file(read_file(fs::path(TRIREME_SOURCE_DIR) / "tests/data/published_flops.csv"));
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> columns = split_csv(line);
  std::vector<PublishedRun> runs;
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = split_csv(line);
    PublishedRun run;
    for (size_t i = 0; i < columns.size(); ++i) run.fields[columns[i]] = fields.at(i);
    runs.push_back(std::move(run));
  }
  return runs;
}

/// Within 0.9 % of each published figure as printed, with no allowance for its rounding.
TEST(Flops, EveryPublishedRowIsReproduced) {
  const auto runs = published_runs();
  ASSERT_EQ(runs.size(), 145u);
  for (const PublishedRun& run : runs) {
    const std::string what = run.text("model") + " on " + run.text("gpu") + " at " + run.text("seq");
    int figures = 0;
    if (const std::string& tflops = run.text("reported_tflops_per_gpu"); !tflops.empty()) {
      EXPECT_NEAR(run.tflops() / std::stod(tflops), 1.0, 0.009) << what;
      ++figures;
    }
    if (const std::string& mfu = run.text("reported_mfu_percent"); !mfu.empty()) {
      EXPECT_NEAR(100 * run.tflops() / run.number("peak_tflops") / std::stod(mfu), 1.0, 0.009) << what;
      ++figures;
    }
    EXPECT_GT(figures, 0) << what;
  }
}

/// The models of our presets among the rows: describe() and the closed form above count the same.
TEST(Flops, PublishedTermsAgreeWithDescribe) {
  int compared = 0;
  for (const PublishedRun& run : published_runs()) {
    if (run.text("model").rfind("Llama", 0) != 0) continue;
    ModelConfig config;
    config.hidden_size = run.integer("hidden");
    config.intermediate_size = run.integer("ffn");
    config.num_hidden_layers = run.integer("layers");
    config.num_attention_heads = run.integer("heads");
    config.num_key_value_heads = run.integer("kv_heads");
    config.vocab_size = run.integer("vocab");
    const FlopTerms ours = flop_terms(describe(config));
    EXPECT_EQ(ours.parameters, run.terms().parameters) << run.text("model");
    EXPECT_EQ(ours.matmul_parameters, run.terms().matmul_parameters) << run.text("model");
    ++compared;
  }
  EXPECT_EQ(compared, 19);
}

}  // namespace
}  // namespace trireme::arch
