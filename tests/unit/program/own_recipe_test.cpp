#include "trireme/program/own_recipe.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "trireme/core/file.h"

namespace trireme::program {
namespace {

class OwnRecipe : public ::testing::Test {
 protected:
  recipe::LoadedRecipe load(const std::string& sections, const std::vector<std::string>& overrides = {}) {
    write_file_atomic(path_, "version = 1\n" + sections);
    return load_own_recipe(path_, overrides);
  }
  std::string findings(const std::string& sections, const std::vector<std::string>& overrides = {}) {
    return load(sections, overrides).diagnostics.to_string();
  }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "own.toml";
};

TEST_F(OwnRecipe, NeedsNoModelAndNoData) {
  const recipe::LoadedRecipe loaded = load("[train]\nsteps = 7\n[evaluate]\nevery_steps = 2\n");
  EXPECT_EQ(loaded.diagnostics.to_string(), "");
  EXPECT_EQ(loaded.recipe.train.steps, 7);
  EXPECT_EQ(loaded.recipe.train.seq_len, 1);
  EXPECT_EQ(load("[train]\nseq_len = 64\n").recipe.train.seq_len, 64);
}

TEST_F(OwnRecipe, RefusesSectionsThatTheProgramStandsFor) {
  const std::string text = findings("[model]\nhidden_size = 8\n", {"data.train=corpus"});
  EXPECT_EQ(text, "--set data.train: error: data.train: this program has a model and data of its own (remove it)\n" +
                      path_.string() +
                      ":3:15: error: model.hidden_size: this program has a model and data of its own (remove it)\n");
  EXPECT_NE(findings("[distill]\nteacher = \"hf\"\n").find("distill.teacher: this program has a model and data of"),
            std::string::npos);
  EXPECT_EQ(findings("[lora]\nrank = 4\n"),
            path_.string() + ":3:8: error: lora.rank: this program has a model and data of its own (remove it)\n");
}

TEST_F(OwnRecipe, RefusesSelectiveRecompute) {
  EXPECT_NE(findings("[train]\nrecompute = \"selective\"\n").find("train.recompute: \"selective\": what a module of"),
            std::string::npos);
}

TEST_F(OwnRecipe, KeepsTheRulesOfOtherSections) {
  EXPECT_NE(findings("[parallel]\npp = 2\n").find("parallel.pp"), std::string::npos);
  EXPECT_NE(findings("[train]\nstepz = 2\n").find("did you mean \"steps\"?"), std::string::npos);
  EXPECT_NE(findings("[model]\nhiden_size = 2\n").find("did you mean \"hidden_size\"?"), std::string::npos);
}

TEST_F(OwnRecipe, ReadsBackWhatItWrote) {
  const supervise::ConfigIo io = own_config();
  const recipe::Recipe recipe = load("[train]\nsteps = 7\nseq_len = 3\n[parallel]\nzero = 1\n").recipe;
  const std::string text = io.dump(recipe);
  EXPECT_EQ(text.find("[model]"), std::string::npos);
  EXPECT_EQ(text.find("[data]"), std::string::npos);
  write_file_atomic(path_, text);
  const recipe::LoadedRecipe again = io.load(path_, {});
  EXPECT_EQ(again.diagnostics.to_string(), "");
  EXPECT_EQ(io.dump(again.recipe), text);
}

}  // namespace
}  // namespace trireme::program
