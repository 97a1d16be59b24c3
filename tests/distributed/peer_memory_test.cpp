#include "trireme/comm/shared/peer_memory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace trireme::comm {
namespace {

TEST(PeerMemory, AProbeIsReadWhereItsNumberLies) {
  int64_t number = 0;
  ProcessProbe probe = probe_of(number);
  if (!reads(probe)) GTEST_SKIP() << "the kernel lets no process read another's memory here";
  probe.number ^= 1;  // as if the pid were another process's in this namespace
  EXPECT_FALSE(reads(probe));
}

TEST(PeerMemory, AProcessThatHasEndedIsAnError) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  std::vector<char> to(100);
  EXPECT_NE(read_process(child, reinterpret_cast<int64_t>(to.data()), to.data(), 100), "");
  EXPECT_FALSE(reads({child, reinterpret_cast<int64_t>(to.data()), 0}));
}

TEST(PeerMemory, AnAddressWithoutMemoryIsAnError) {
  char to = 0;
  EXPECT_NE(read_process(::getpid(), 64, &to, 1), "");
}

}  // namespace
}  // namespace trireme::comm
