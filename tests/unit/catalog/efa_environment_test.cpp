#include "trireme/catalog/efa_environment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "trireme/catalog/network_card.h"
#include "unit/catalog/stack_of.h"

namespace trireme::catalog {
namespace {

using Versions = std::map<std::string, std::string>;

const Versions kNew = {
    {"libfabric", "2.1.0"}, {"plugin", "1.16.3"}, {"efa-installer", "1.42.0"}, {"nccl", "2.27.5"}, {"kernel", "6.1"}};

Versions with(Versions versions, const Versions& changes) {
  for (const auto& [name, version] : changes) versions[name] = version;
  return versions;
}

Advice advice(const std::string& variable, const std::string& instance, const Versions& versions) {
  for (Advice& each : EfaEnvironment::load().advise(stack_of(instance, versions))) {
    if (each.variable == variable) return std::move(each);
  }
  ADD_FAILURE() << "no advice on " << variable;
  return {};
}

/// "1", "unset" or "undecided: plugin".
std::string value(const std::string& variable, const std::string& instance, const Versions& versions = kNew) {
  const Advice each = advice(variable, instance, versions);
  if (each.state == Advice::State::kSet) return each.value;
  if (each.state == Advice::State::kUnset) return "unset";
  std::string text = "undecided:";
  for (const std::string& name : each.missing) text += " " + name;
  return text;
}

/// The variables that the cheatsheet's presets speak of, of those that are set.
Versions preset(const std::string& instance, const std::string& libfabric, const std::string& plugin) {
  Versions set;
  for (const char* name : {"FI_EFA_USE_HUGE_PAGE", "FI_EFA_USE_DEVICE_RDMA", "FI_PROVIDER", "NCCL_PROTO"}) {
    const std::string text = value(name, instance, with(kNew, {{"libfabric", libfabric}, {"plugin", plugin}}));
    if (text != "unset") set[name] = text;
  }
  return set;
}

const Versions kPresetNew = {{"FI_EFA_USE_HUGE_PAGE", "0"}};
const Versions kPreset16 = {{"FI_EFA_USE_HUGE_PAGE", "0"}, {"FI_EFA_USE_DEVICE_RDMA", "1"}};
const Versions kPreset15 = {
    {"FI_EFA_USE_HUGE_PAGE", "0"}, {"FI_EFA_USE_DEVICE_RDMA", "1"}, {"FI_PROVIDER", "efa"}, {"NCCL_PROTO", "simple"}};

TEST(EfaPresets, CurrentStack) {
  for (const char* type : {"p4d.24xlarge", "p4de.24xlarge", "p5.48xlarge"}) {
    EXPECT_EQ(preset(type, "1.18.0", "1.7.0"), kPresetNew) << type;
    EXPECT_EQ(preset(type, "2.4.0", "1.21.1"), kPresetNew) << type;
  }
}

TEST(EfaPresets, Plugin16) {
  for (const char* type : {"p4d.24xlarge", "p5.48xlarge"}) {
    for (const char* libfabric : {"1.17.1", "1.18.0", "2.1.0"}) {
      EXPECT_EQ(preset(type, libfabric, "1.6.0"), kPreset16) << type;
      EXPECT_EQ(preset(type, libfabric, "1.6.9"), kPreset16) << type;
    }
  }
}

TEST(EfaPresets, Plugin15AndOlder) {
  for (const char* plugin : {"1.5.0", "1.4.0-aws", "1.1"})
    EXPECT_EQ(preset("p4d.24xlarge", "1.16.0", plugin), kPreset15);
}

TEST(EfaGaps, PluginBetween15And16IsTreatedAs15) {
  EXPECT_EQ(preset("p5.48xlarge", "1.17.1", "1.5.1"), kPreset15);
  EXPECT_NE(advice("FI_PROVIDER", "p5.48xlarge", with(kNew, {{"plugin", "1.5.1"}})).source.find("our choice"),
            std::string::npos);
}

TEST(EfaGaps, Plugin17OverOldLibfabricStillAsksForRdma) {
  EXPECT_EQ(preset("p5.48xlarge", "1.17.1", "1.7.0"), kPreset16);
}

TEST(EfaGaps, TypesNewerThanAnOldStackAreTreatedAsP5) {
  for (const char* type : {"p5e.48xlarge", "p5en.48xlarge", "p6-b200.48xlarge", "p6-b300.48xlarge"}) {
    EXPECT_EQ(preset(type, "2.1.0", "1.16.0"), kPresetNew) << type;
    EXPECT_EQ(preset(type, "1.17.0", "1.5.0"), kPreset15) << type;
  }
}

TEST(EfaGaps, GraphicsInstancesGetNeitherRdmaNorProviderNorProtocol) {
  for (const char* type : {"g5.48xlarge", "g6.48xlarge", "g6e.48xlarge", "g4dn.16xlarge"}) {
    EXPECT_EQ(preset(type, "1.16.0", "1.5.0"), kPresetNew) << type;
    EXPECT_EQ(preset(type, "2.1.0", "1.16.0"), kPresetNew) << type;
  }
}

TEST(EfaGaps, WithoutEfaNothingOfEfaIsSet) {
  const EfaEnvironment rules = EfaEnvironment::load();
  for (const InstanceType& type : instance_types()) {
    const bool gpus = type.accelerators.maker == "nvidia";
    for (const Advice& each : rules.advise(stack_of(type.name))) {
      if (has_efa(type) || (gpus && !each.variable.starts_with("FI_"))) continue;
      EXPECT_EQ(each.state, Advice::State::kUnset) << type.name << " " << each.variable;
    }
  }
}

TEST(EfaGaps, EveryTypeIsDecidedByAKnownStack) {
  const EfaEnvironment rules = EfaEnvironment::load();
  for (const InstanceType& type : instance_types()) {
    for (const Advice& each : rules.advise(stack_of(type.name, kNew))) {
      EXPECT_NE(each.state, Advice::State::kUndecided) << type.name << " " << each.variable;
    }
  }
}

TEST(EfaGaps, CpuInstancesWithRdmaAreNotTakenForP5OnAnOldStack) {
  for (const char* type : {"hpc6a.48xlarge", "c7g.16xlarge"}) {
    EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", type, {{"libfabric", "1.16.0"}, {"plugin", "1.5.0"}}), "unset") << type;
  }
}

TEST(EfaGaps, TrainiumFollowsNeuronAndHasNoNccl) {
  for (const char* type : {"trn1.32xlarge", "trn2.48xlarge"}) {
    EXPECT_EQ(value("FI_PROVIDER", type), "efa");
    EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", type), "1");
    for (const Advice& each : EfaEnvironment::load().advise(stack_of(type, kNew))) {
      if (!each.variable.starts_with("NCCL_")) continue;
      EXPECT_EQ(each.state, Advice::State::kUnset) << each.variable;
      EXPECT_NE(each.reason.find("NCCL runs on NVIDIA GPUs only"), std::string::npos) << each.variable;
    }
  }
}

TEST(EfaGaps, CpuInstancesSetNothing) {
  for (const Advice& each : EfaEnvironment::load().advise(stack_of("hpc7a.96xlarge", kNew))) {
    EXPECT_EQ(each.state, Advice::State::kUnset) << each.variable;
  }
}

TEST(EfaVariables, HugePages) { EXPECT_EQ(value("FI_EFA_USE_HUGE_PAGE", "p5.48xlarge", {}), "0"); }

TEST(EfaVariables, ForkSafe) {
  EXPECT_EQ(value("FI_EFA_FORK_SAFE", "p5.48xlarge", {{"kernel", "5.10.245-245.983.amzn2.x86_64"}}), "1");
  EXPECT_EQ(value("FI_EFA_FORK_SAFE", "p5.48xlarge", {{"kernel", "5.15.0-1084-aws"}}), "unset");
  EXPECT_EQ(value("FI_EFA_FORK_SAFE", "p5.48xlarge", {}), "undecided: kernel");
}

TEST(EfaVariables, DeviceRdmaNeedsBothVersions) {
  EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", "p5.48xlarge", {}), "undecided: plugin libfabric");
  EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", "p5.48xlarge", {{"plugin", "1.16.3"}}), "undecided: libfabric");
  EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", "p5.48xlarge", {{"plugin", "1.6.0"}}), "1");
  EXPECT_EQ(value("FI_EFA_USE_DEVICE_RDMA", "g5.48xlarge", {}), "unset");
}

TEST(EfaVariables, CudaSyncMemops) {
  const auto of = [](const char* installer, const char* nccl) {
    return value("FI_EFA_SET_CUDA_SYNC_MEMOPS", "p5.48xlarge", {{"efa-installer", installer}, {"nccl", nccl}});
  };
  EXPECT_EQ(of("1.29.0", "2.19.0"), "0");
  EXPECT_EQ(of("1.29.1", "2.19.0"), "unset");
  EXPECT_EQ(of("1.29.0", "2.18.6"), "unset");
  EXPECT_EQ(value("FI_EFA_SET_CUDA_SYNC_MEMOPS", "p5.48xlarge", {{"nccl", "2.18.6"}}), "unset");
}

TEST(EfaVariables, ProviderAndProtocolDependOnThePlugin) {
  for (const char* name : {"FI_PROVIDER", "NCCL_PROTO"}) {
    EXPECT_EQ(value(name, "p4d.24xlarge", {}), "undecided: plugin") << name;
    EXPECT_EQ(value(name, "p4d.24xlarge"), "unset") << name;
    EXPECT_EQ(value(name, "g5.48xlarge", {}), "unset") << name;
  }
}

TEST(EfaVariables, SocketInterface) {
  for (const char* type : {"p4d.24xlarge", "p4de.24xlarge", "p5.48xlarge"}) {
    EXPECT_EQ(value("NCCL_SOCKET_IFNAME", type), "en");
  }
  EXPECT_EQ(value("NCCL_SOCKET_IFNAME", "p5en.48xlarge"), "unset");
}

TEST(EfaVariables, CopyThroughSharedMemory) {
  EXPECT_EQ(value("NCCL_SHM_USE_CUDA_MEMCPY", "g5.12xlarge"), "1");
  EXPECT_EQ(value("NCCL_SHM_USE_CUDA_MEMCPY", "g6.12xlarge"), "1");
  EXPECT_EQ(value("NCCL_SHM_USE_CUDA_MEMCPY", "g6e.12xlarge"), "unset");
  EXPECT_EQ(value("NCCL_SHM_USE_CUDA_MEMCPY", "p5.48xlarge"), "unset");
}

TEST(EfaVariables, NeverSet) {
  for (const char* name : {"FI_EFA_ENABLE_SHM_TRANSFER", "NCCL_SOCKET_NTHREADS", "NCCL_NSOCKS_PERTHREAD",
                           "NCCL_MIN_CHANNELS", "NCCL_BUFFSIZE", "RDMAV_FORK_SAFE", "RDMAV_*", "NCCL_DEBUG"}) {
    for (const char* type : {"p4d.24xlarge", "p5.48xlarge", "g5.48xlarge", "p6-b200.48xlarge"}) {
      EXPECT_EQ(value(name, type, {}), "unset") << name << " on " << type;
    }
  }
}

TEST(EfaVariables, UndecidedSaysWhatIsPossible) {
  EXPECT_EQ(advice("FI_EFA_FORK_SAFE", "p5.48xlarge", {}).reason, "set to 1 if kernel < 5.15; else unset");
}

}  // namespace
}  // namespace trireme::catalog
