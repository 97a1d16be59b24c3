#include <gtest/gtest.h>

#include "trireme/catalog/efa_environment.h"
#include "trireme/cloud/environment/shell_variables.h"
#include "trireme/core/format.h"

namespace trireme::cloud {
namespace {

/// "2: NCCL_PROTO" for each setting of the script that is a mistake on `type` with libfabric 2.1.0 and plugin 1.16.3.
std::vector<std::string> mistakes(std::string_view script, const std::string& type) {
  catalog::Stack stack;
  stack.instance = &catalog::instance_type(type);
  stack.libfabric = catalog::Version::parse("2.1.0").value();
  stack.plugin = catalog::Version::parse("1.16.3-aws").value();
  const auto rules = catalog::EfaEnvironment::load();
  std::vector<std::string> found;
  for (const EnvironmentSetting& each : read_shell_variables(script, "job.sh")) {
    if (!each.value || !rules.judge(stack, each.name, *each.value)) continue;
    found.push_back(format("{}: {}", each.where.line, each.name));
  }
  return found;
}

TEST(JudgedScripts, AnMpirunLineOfOldAdvice) {
  const char* script =
      "#!/bin/bash\n"
      "mpirun -np 16 -N 8 --bind-to none \\\n"
      "  -x FI_PROVIDER=efa -x FI_EFA_USE_DEVICE_RDMA=1 -x FI_EFA_FORK_SAFE=1 \\\n"
      "  -x NCCL_DEBUG=INFO -x NCCL_BUFFSIZE=8388608 -x NCCL_P2P_NET_CHUNKSIZE=524288 \\\n"
      "  -x LD_LIBRARY_PATH --mca pml ^cm,ucx all_reduce_perf -b 8 -e 16G\n";
  EXPECT_EQ(mistakes(script, "p5.48xlarge"),
            (std::vector<std::string>{"3: FI_PROVIDER", "3: FI_EFA_USE_DEVICE_RDMA", "3: FI_EFA_FORK_SAFE",
                                      "4: NCCL_DEBUG", "4: NCCL_BUFFSIZE"}));
}

TEST(JudgedScripts, ACleanScriptHasNone) {
  const char* script =
      "#SBATCH --nodes=2\n"
      "export FI_EFA_USE_HUGE_PAGE=0 NCCL_SOCKET_IFNAME=^docker,lo\n"
      "# export NCCL_PROTO=simple\n"
      "export FI_PROVIDER=$PROVIDER\n"
      "srun torchrun train.py\n";
  EXPECT_EQ(mistakes(script, "p5.48xlarge"), std::vector<std::string>{});
}

}  // namespace
}  // namespace trireme::cloud
