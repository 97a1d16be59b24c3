#include "trireme/catalog/model_presets.h"

#include <gtest/gtest.h>

#include <set>

#include "trireme/arch/architecture.h"
#include "trireme/arch/validate.h"
#include "trireme/core/error.h"

namespace trireme::catalog {
namespace {

TEST(ModelPresets, EveryRowIsValidAndCountsAsPublished) {
  const auto presets = model_presets();
  EXPECT_GE(presets.size(), 20u);
  std::set<std::string> names;
  for (const ModelPreset& preset : presets) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name << " is listed twice";
    EXPECT_FALSE(preset.source.empty()) << preset.name;
    const Diagnostics problems = arch::validate(preset.config);
    ASSERT_TRUE(problems.empty()) << preset.name << "\n" << problems.to_string();
    EXPECT_EQ(arch::describe(preset.config).num_parameters(), preset.parameters) << preset.name;
  }
}

/// The counts once more, apart from the table that they are read from.
TEST(ModelPresets, PublishedCounts) {
  const std::vector<std::pair<std::string, int64_t>> published = {
      {"llama2-7b", 6'738'415'616},        {"llama2-13b", 13'015'864'320},        {"llama2-70b", 68'976'648'192},
      {"llama3-8b", 8'030'261'248},        {"llama3-70b", 70'553'706'496},        {"llama3.1-405b", 405'853'388'800},
      {"llama3.2-1b", 1'235'814'400},      {"llama3.2-3b", 3'212'749'824},        {"mathstral-7b", 7'248'023'552},
      {"llama-180m", 172'837'632},         {"smollm-1.7b", 1'711'376'384},        {"smollm-360m", 361'821'120},
      {"smollm2-135m", 134'515'008},       {"fsdp-llama2-7b", 6'889'410'560},     {"fsdp-llama2-13b", 13'204'608'000},
      {"fsdp-llama2-70b", 69'278'638'080}, {"smollm-1.7b-5-layers", 536'893'440}, {"paxml-2b", 2'137'273'856},
      {"esm1nv-small", 43'612'544}};
  for (const auto& [name, count] : published) {
    EXPECT_EQ(arch::describe(preset(name)).num_parameters(), count) << name;
  }
}

TEST(ModelPresets, RopeScalingIsRead) {
  const arch::ModelConfig config = preset("llama3.2-1b");
  EXPECT_EQ(config.rope_scaling.rope_type, "llama3");
  EXPECT_EQ(config.rope_scaling.factor, 32);
  EXPECT_EQ(config.rope_scaling.original_max_position_embeddings, 8192);
  EXPECT_EQ(preset("llama3-8b").rope_scaling.rope_type, "default");
  EXPECT_EQ(preset("fsdp-mathstral-7b").sliding_window, 4096);
}

TEST(ModelPresets, TypoGetsASuggestion) {
  try {
    preset("lama3-8b");
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()), "no model preset \"lama3-8b\"; did you mean \"llama3-8b\"?");
  }
}

TEST(ModelPresets, FarNameGetsTheList) {
  try {
    preset("something-else-entirely");
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("known are llama2-7b, "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace trireme::catalog
