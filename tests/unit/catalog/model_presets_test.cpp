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

/// The counts once more, apart from the table that they are read from: Hugging Face's where transformers builds the
/// model, by hand for Praxis, Megatron's GPT and MPT.
TEST(ModelPresets, PublishedCounts) {
  using Count = std::pair<std::string, int64_t>;
  const std::vector<Count> published = {{"llama2-7b", 6'738'415'616},
                                        {"llama2-13b", 13'015'864'320},
                                        {"llama2-70b", 68'976'648'192},
                                        {"llama-30b", 32'528'943'616},
                                        {"llama-65b", 65'285'660'672},
                                        {"codellama-34b", 33'743'970'304},
                                        {"llama3-8b", 8'030'261'248},
                                        {"llama3-70b", 70'553'706'496},
                                        {"llama3.1-8b", 8'030'261'248},
                                        {"llama3.1-70b", 70'553'706'496},
                                        {"llama3.1-405b", 405'853'388'800},
                                        {"llama3.2-1b", 1'235'814'400},
                                        {"llama3.2-3b", 3'212'749'824},
                                        {"mathstral-7b", 7'248'023'552},
                                        {"smollm-360m", 361'821'120},
                                        {"smollm-1.7b", 1'711'376'384},
                                        {"smollm-1.7b-5-layers", 536'893'440},
                                        {"smollm2-135m", 134'515'008},
                                        {"llama-180m", 172'837'632},
                                        {"fsdp-llama2-7b", 6'889'410'560},
                                        {"fsdp-llama2-13b", 13'204'608'000},
                                        {"fsdp-llama2-70b", 69'278'638'080},
                                        {"fsdp-mathstral-7b", 7'248'023'552},
                                        {"fsdp-llama3.1-8b", 7'392'727'040},
                                        {"fsdp-llama3.1-70b", 69'278'638'080},
                                        {"fsdp-llama3.2-1b", 1'154'549'760},
                                        {"fsdp-llama3.2-3b", 2'996'481'024},
                                        {"fsdp-gpt-neox", 162'519'552},
                                        {"megatron-llama2-7b", 6'689'435'648},
                                        {"megatron-llama2-13b", 12'900'014'080},
                                        {"megatron-llama2-70b", 55'522'748'416},
                                        {"nemo-llama2-7b", 6'738'415'616},
                                        {"nemo-llama2-70b", 68'980'842'496},
                                        {"neuronx-llama3-8b", 8'030'261'248},
                                        {"torchtitan-debugmodel", 7'975'168},
                                        {"gpt-1.7b", 1'652'230'656},
                                        {"gpt-3.6b", 3'562'168'320},
                                        {"gpt-7.5b", 7'467'786'240},
                                        {"gpt-7.5b-tp4", 7'465'689'088},
                                        {"gpt-18.4b", 18'449'756'160},
                                        {"gpt-39.1b", 39'096'041'472},
                                        {"gpt-76.1b", 76'050'739'200},
                                        {"gpt-145.6b", 145'622'261'760},
                                        {"gpt-310.1b", 310'130'540'544},
                                        {"gpt3-126m", 125'262'336},
                                        {"gpt3-5b", 5'047'558'144},
                                        {"gpt3-40b", 39'096'041'472},
                                        {"gpt3-175b", 174'609'555'456},
                                        {"mpt-125m", 125'311'488},
                                        {"mpt-350m", 355'985'408},
                                        {"mpt-760m", 760'470'528},
                                        {"mpt-1b", 1'315'950'592},
                                        {"mpt-3b", 2'651'837'440},
                                        {"mpt-7b", 6'658'859'008},
                                        {"mpt-13b", 12'853'954'560},
                                        {"mpt-30b", 29'975'214'080},
                                        {"mpt-70b", 64'862'437'376},
                                        {"qwen2-1.5b", 1'543'714'304},
                                        {"qwen2-7b", 7'615'616'512},
                                        {"arcee-spark", 7'615'616'512},
                                        {"qwen2.5-72b", 72'706'203'648},
                                        {"qwen3-0.6b", 596'049'920},
                                        {"qwen3-8b", 8'190'735'360},
                                        {"gemma2-2b", 2'614'341'888},
                                        {"esm2-150m", 148'139'553},
                                        {"esm2-650m", 651'042'593},
                                        {"esm1nv-small", 43'612'544},
                                        {"paxml-2b", 2'137'273'856},
                                        {"paxml-9b", 9'796'564'224},
                                        {"paxml-32b", 32'477'401'344},
                                        {"paxml-64b", 64'505'290'368},
                                        {"paxml-128b", 129'048'825'984},
                                        {"paxml-256b", 258'234'197'248},
                                        {"paxml-512b", 514'057'056'256},
                                        {"paxml-1024b", 1'029'999'477'760}};
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
