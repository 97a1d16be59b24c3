#include "trireme/catalog/instance_type.h"

#include <gtest/gtest.h>

#include <set>

#include "trireme/catalog/gpu_peaks.h"
#include "trireme/core/error.h"

namespace trireme::catalog {
namespace {

/// GPUs whose peaks gpu_peaks.tsv does not have yet, so MFU on them is unknown.
const std::set<std::string> kWithoutPeaks = {"b300", "gb200"};

TEST(InstanceTypes, RowsAreSane) {
  std::set<std::string> names;
  for (const InstanceType& type : instance_types()) {
    SCOPED_TRACE(type.name);
    EXPECT_TRUE(names.insert(type.name).second) << "listed twice";
    EXPECT_NE(type.name.find('.'), std::string::npos);
    EXPECT_TRUE(type.architecture == "x86_64" || type.architecture == "arm64");
    EXPECT_EQ(type.vcpus, type.cores * type.threads_per_core);
    EXPECT_GE(type.memory_mib, 512);
    EXPECT_TRUE(!type.sockets || type.cores % *type.sockets == 0);
    EXPECT_GE(type.network_cards, 1);
    EXPECT_LE(type.efa_interfaces.value_or(0), type.network_cards);
    EXPECT_EQ(type.efa_interfaces != 0, type.efa_rdma_read.has_value());
    EXPECT_EQ(type.efa_interfaces != 0, type.efa_rdma_write.has_value());
    EXPECT_EQ(type.local_nvme_disks > 0, type.local_nvme_gb > 0);
    EXPECT_TRUE(!type.slurm_real_memory_mb || *type.slurm_real_memory_mb < type.memory_mib);
    EXPECT_FALSE(type.source.empty() || type.source == "-");
  }
  EXPECT_GE(names.size(), 120u);
}

TEST(InstanceTypes, AcceleratorsAreThoseOfTheGpuTable) {
  for (const InstanceType& type : instance_types()) {
    SCOPED_TRACE(type.name);
    const Accelerators& accelerators = type.accelerators;
    EXPECT_EQ(accelerators.count > 0, !accelerators.name.empty());
    EXPECT_EQ(accelerators.count > 0, !accelerators.maker.empty());
    EXPECT_EQ(accelerators.count > 0, accelerators.memory_mib.has_value());
    EXPECT_EQ(accelerators.nvlinks.value_or(0) > 0, accelerators.nvlink_generation.has_value());
    if (accelerators.maker != "nvidia" || kWithoutPeaks.count(accelerators.name) > 0) continue;
    const auto gpu = accelerators.count > 0 ? find_gpu(accelerators.name) : std::nullopt;
    ASSERT_TRUE(gpu) << "gpu_peaks.tsv has no key " << accelerators.name;
    // EC2 counts what is usable; NVIDIA's figure for the H200, which the other table has, counts in powers of ten.
    EXPECT_NEAR(static_cast<double>(*accelerators.memory_mib) * (1 << 20), gpu->memory_bytes, 0.09 * gpu->memory_bytes);
  }
}

TEST(InstanceTypes, EveryAcceleratedTypeThatClustersName) {
  for (const char* name :
       {"g4dn.4xlarge",       "g4dn.8xlarge", "g4dn.16xlarge", "g5.xlarge",      "g5.4xlarge",       "g5.8xlarge",
        "g5.12xlarge",        "g5.24xlarge",  "g6.48xlarge",   "g6e.24xlarge",   "p4d.24xlarge",     "p4de.24xlarge",
        "p5.4xlarge",         "p5.48xlarge",  "p5e.48xlarge",  "p5en.48xlarge",  "p6-b200.48xlarge", "p6-b300.48xlarge",
        "p6e-gb200.36xlarge", "trn1.2xlarge", "trn1.32xlarge", "trn1n.32xlarge", "trn2.3xlarge",     "trn2.48xlarge",
        "trn2u.48xlarge",     "inf2.48xlarge"}) {
    const InstanceType* type = find_instance_type(name);
    ASSERT_NE(type, nullptr) << name;
    EXPECT_GT(type->accelerators.count, 0) << name;
  }
  for (const char* name :
       {"m5.8xlarge", "m5.2xlarge", "m5.12xlarge", "c5.2xlarge", "c5.4xlarge", "t3.small", "t3a.micro"}) {
    ASSERT_NE(find_instance_type(name), nullptr) << name;
  }
}

TEST(InstanceTypes, KnownFigures) {
  const InstanceType& p5 = instance_type("p5.48xlarge");
  EXPECT_EQ(p5.family(), "p5");
  EXPECT_EQ(p5.vcpus, 192);
  EXPECT_EQ(p5.cores, 2 * 48);
  EXPECT_EQ(p5.sockets, 2);
  EXPECT_EQ(p5.slurm_real_memory_mb, 2047961);
  EXPECT_EQ(p5.accelerators.count, 8);
  EXPECT_EQ(p5.accelerators.nvlinks, 18);
  EXPECT_EQ(p5.efa_interfaces, 32);
  EXPECT_EQ(instance_type("p4de.24xlarge").accelerators.nvlinks, 12);
  EXPECT_EQ(instance_type("p4d.24xlarge").efa_rdma_write, false);
  EXPECT_EQ(instance_type("p5en.48xlarge").efa_interfaces, 16);
  EXPECT_EQ(instance_type("hpc7g.16xlarge").architecture, "arm64");
  EXPECT_EQ(instance_type("m5.8xlarge").efa_interfaces, 0);
}

TEST(InstanceTypes, NamesOfHyperPod) { EXPECT_EQ(&instance_type("ml.p5.48xlarge"), &instance_type("p5.48xlarge")); }

std::string message_of(const char* name) {
  try {
    instance_type(name);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(InstanceTypes, UnknownNames) {
  EXPECT_EQ(message_of("p5.48xlrge"), "no instance type \"p5.48xlrge\"; did you mean \"p5.48xlarge\"?");
  EXPECT_EQ(message_of("ml.p5.48xlrge"), "no instance type \"ml.p5.48xlrge\"; did you mean \"ml.p5.48xlarge\"?");
  EXPECT_EQ(
      message_of("something-else"),
      "no instance type \"something-else\"; `trireme catalog` lists them, and a row in facts/instances.tsv adds one");
}

}  // namespace
}  // namespace trireme::catalog
