#include "trireme/core/available.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace trireme {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

/// The files of a host as a process in a control group sees them.
class AvailableTest : public ::testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    const fs::path file = root() / path;
    make_folders(file.parent_path());
    write_file(file, text);
  }
  void limit_v2(const std::string& group, int64_t limit, int64_t used, int64_t cache) {
    put(group + "/memory.max", std::to_string(limit) + "\n");
    put(group + "/memory.current", std::to_string(used) + "\n");
    put(group + "/memory.stat", "anon 1\ninactive_file " + std::to_string(cache) + "\n");
  }
  fs::path root() const { return folder_.path(); }
  int64_t memory() const { return available_memory(root()).value(); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(AvailableTest, WithoutGroupsTheHostCounts) {
  put("proc/meminfo", "MemTotal: 4096 kB\nMemAvailable:   2048 kB\n");
  EXPECT_EQ(memory(), 2 * kMiB);
  EXPECT_GE(available_cores(root()), 1);
}

TEST_F(AvailableTest, TheTightestGroupFromTheProcessUpCounts) {
  put("proc/meminfo", "MemAvailable: 1048576 kB\n");
  put("proc/self/cgroup", "0::/system.slice/slurmstepd.scope/job_7/step_0/task_0\n");
  const std::string job = "sys/fs/cgroup/system.slice/slurmstepd.scope/job_7";
  put(job + "/step_0/task_0/memory.max", "max\n");
  limit_v2(job + "/step_0", 800 * kMiB, 100 * kMiB, 0);
  limit_v2(job, 500 * kMiB, 300 * kMiB, 50 * kMiB);
  EXPECT_EQ(memory(), 250 * kMiB);
}

TEST_F(AvailableTest, AContainersOwnGroupIsTheFirst) {
  put("proc/self/cgroup", "0::/\n");
  limit_v2("sys/fs/cgroup", 64 * kMiB, 70 * kMiB, 0);
  EXPECT_EQ(memory(), 0);
}

TEST_F(AvailableTest, VersionOneIsReadByController) {
  put("proc/self/cgroup", "5:memory:/slurm/job_7/step_0\n4:cpu,cpuacct:/docker/of_the_host\n");
  const std::string job = "sys/fs/cgroup/memory/slurm/job_7";
  put(job + "/memory.limit_in_bytes", std::to_string(300 * kMiB));
  put(job + "/memory.usage_in_bytes", std::to_string(200 * kMiB));
  put(job + "/memory.stat", "inactive_file 5\ntotal_inactive_file " + std::to_string(20 * kMiB) + "\n");
  put(job + "/step_0/memory.limit_in_bytes", "9223372036854771712");
  put(job + "/step_0/memory.usage_in_bytes", "4096");
  EXPECT_EQ(memory(), 120 * kMiB);
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(available_cores(root()), 1);
}

TEST_F(AvailableTest, CoresAreTheTimeOfTheTightestGroupRoundedUp) {
  if (available_cores(root()) < 2) GTEST_SKIP() << "one core";
  put("proc/self/cgroup", "0::/pod/container\n");
  put("sys/fs/cgroup/pod/container/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/pod/cpu.max", "120000 100000\n");
  EXPECT_EQ(available_cores(root()), 2);
  put("sys/fs/cgroup/pod/container/cpu.max", "100000 100000\n");
  EXPECT_EQ(available_cores(root()), 1);
}

}  // namespace
}  // namespace trireme
