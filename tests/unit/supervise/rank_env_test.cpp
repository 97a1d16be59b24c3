#include "trireme/supervise/rank_env.h"

#include <gtest/gtest.h>
#include <cstdlib>
#include <map>

#include "trireme/core/error.h"

namespace trireme::supervise {
namespace {

/// Starts every test without any launcher's variables, and sets its own.
class RankEnvTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* prefix : {"TRIREME_", "OMPI_", "PMIX_", "PMI_", "SLURM_", "RANK=", "WORLD_SIZE=", "LOCAL_",
                               "MASTER_", "GROUP_RANK=", "TORCHELASTIC_"}) {
      bool found = true;
      while (found) {
        found = false;
        for (char** entry = environ; *entry != nullptr && !found; ++entry) {
          const std::string text = *entry;
          if (text.rfind(prefix, 0) != 0) continue;
          ::unsetenv(text.substr(0, text.find('=')).c_str());
          found = true;
        }
      }
    }
  }
  void TearDown() override { SetUp(); }

  static RankEnv read(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    return read_rank_env();
  }
  static std::string error_of(const std::map<std::string, std::string>& variables) {
    try {
      read(variables);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "no error";
  }
  static bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(RankEnvTest, NothingSetIsAWorldOfOne) {
  const RankEnv env = read({});
  EXPECT_EQ(env.launcher, Launcher::kSingle);
  EXPECT_EQ(env.world.value(), 1);
}

TEST_F(RankEnvTest, SupervisorsVariablesReadBack) {
  RankEnv given;
  given.rank = Rank(2);
  given.world = WorldSize(4);
  given.local_rank = LocalRank(5);  // slots 2 and 3 were left out
  given.job_id = "demo-17";
  given.generation = 3;
  given.shm_fd = 7;
  given.control_fd = 9;
  std::map<std::string, std::string> variables;
  for (const std::string& text : to_variables(given)) {
    variables[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const RankEnv env = read(variables);
  EXPECT_EQ(env.launcher, Launcher::kSupervisor);
  EXPECT_EQ(env.rank.value(), 2);
  EXPECT_EQ(env.local_rank, LocalRank(5));
  EXPECT_EQ(env.local_size, 4);
  EXPECT_EQ(env.job_id, "demo-17");
  EXPECT_EQ(env.generation, 3);
  EXPECT_EQ(env.shm_fd, 7);
  EXPECT_EQ(env.control_fd, 9);
}

TEST_F(RankEnvTest, JoinsMpirun) {
  const RankEnv env = read({{"OMPI_COMM_WORLD_RANK", "5"},
                            {"OMPI_COMM_WORLD_SIZE", "8"},
                            {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                            {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}});
  EXPECT_EQ(env.launcher, Launcher::kMpi);
  EXPECT_EQ(env.rank.value(), 5);
  EXPECT_EQ(env.local_rank, LocalRank(1));
  EXPECT_EQ(env.local_size, 4);
}

TEST_F(RankEnvTest, JoinsSrunWithPmix) {
  const RankEnv env = read({{"PMIX_RANK", "3"},
                            {"SLURM_PROCID", "3"},
                            {"SLURM_NTASKS", "4"},
                            {"SLURM_LOCALID", "1"},
                            {"SLURM_NODEID", "1"},
                            {"SLURM_JOB_NUM_NODES", "2"},
                            {"SLURM_JOB_ID", "77"},
                            {"SLURM_RESTART_COUNT", "2"}});
  EXPECT_EQ(env.launcher, Launcher::kMpi);
  EXPECT_EQ(env.rank.value(), 3);
  EXPECT_EQ(env.node_rank.value(), 1);
  EXPECT_EQ(env.job_id, "77");
  EXPECT_EQ(env.generation, 2);
}

TEST_F(RankEnvTest, APlaceOnTheNodeThatTheLauncherDoesNotTellIsUnknown) {
  const RankEnv srun = read({{"PMIX_RANK", "3"}, {"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "1"}});
  EXPECT_EQ(srun.local_rank, LocalRank(1));
  EXPECT_EQ(srun.local_size, std::nullopt);
  SetUp();
  const RankEnv pmi2 = read({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"SLURM_LOCALID", "1"}});
  EXPECT_EQ(pmi2.local_rank, std::nullopt);
  EXPECT_EQ(pmi2.local_size, std::nullopt);
}

TEST_F(RankEnvTest, AWorldOfVariablesThatNameNoNodeIsOneNode) {
  const RankEnv env = read({{"RANK", "2"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "29500"}});
  EXPECT_EQ(env.local_rank, LocalRank(2));
  EXPECT_EQ(env.local_size, 4);
}

TEST_F(RankEnvTest, SeveralRanksANodeNeedTheirNumberOnIt) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "2"}, {"WORLD_SIZE", "4"}, {"LOCAL_WORLD_SIZE", "2"}}),
                       "LOCAL_WORLD_SIZE=2 needs LOCAL_RANK, this rank's number on its node"));
}

TEST_F(RankEnvTest, ABatchScriptOfSlurmIsNoRank) {
  EXPECT_EQ(read({{"SLURM_JOB_ID", "77"}, {"SLURM_NTASKS", "16"}, {"SLURM_PROCID", "0"}}).launcher, Launcher::kSingle);
}

TEST_F(RankEnvTest, JoinsTorchrunsVariables) {
  const RankEnv env = read({{"RANK", "6"},
                            {"WORLD_SIZE", "8"},
                            {"LOCAL_RANK", "2"},
                            {"LOCAL_WORLD_SIZE", "4"},
                            {"MASTER_ADDR", "node-0"},
                            {"MASTER_PORT", "29500"}});
  EXPECT_EQ(env.launcher, Launcher::kVariables);
  EXPECT_EQ(env.node_rank.value(), 1);
  EXPECT_EQ(env.num_nodes, 2);
  EXPECT_EQ(env.master_addr, "node-0");
  EXPECT_EQ(env.master_port, 29500);
}

TEST_F(RankEnvTest, ContradictionsAreUsageErrors) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "0"}}), "WORLD_SIZE is missing, though RANK is set"));
}
TEST_F(RankEnvTest, RankOutsideTheWorld) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "4"}, {"WORLD_SIZE", "4"}}), "RANK=4 must be from 0 to 3"));
}
TEST_F(RankEnvTest, RankThatIsNoNumber) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "zero"}, {"WORLD_SIZE", "4"}}), "RANK must be an integer, got \"zero\""));
}
TEST_F(RankEnvTest, VariablesNeedAMaster) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), "needs MASTER_ADDR"));
}
TEST_F(RankEnvTest, PortOutOfRange) {
  EXPECT_TRUE(mentions(error_of({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}}),
                       "MASTER_PORT must be from 1 to 65535, got 70000"));
}
TEST_F(RankEnvTest, MpiAndVariablesThatDisagree) {
  EXPECT_TRUE(mentions(error_of({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}, {"RANK", "0"}}),
                       "OMPI_COMM_WORLD_RANK=1 but RANK=0"));
}
TEST_F(RankEnvTest, SrunWithoutPmix) {
  EXPECT_TRUE(mentions(error_of({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "1"}}), "use srun --mpi=pmix"));
}

}  // namespace
}  // namespace trireme::supervise
