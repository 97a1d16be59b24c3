#include "trireme/core/program_stream.h"

#include <gtest/gtest.h>
#include <csignal>

#include "support/expect_error.h"
#include "trireme/core/error.h"

namespace trireme {
namespace {

std::string read_all(ProgramStream& program) {
  std::string text(64, '\0');
  size_t size = 0;
  while (const size_t got = program.read(text.data() + size, text.size() - size)) {
    size += got;
    text.resize(size + 64);
  }
  return text.substr(0, size);
}

TEST(ProgramStreamTest, ReadsWhileTheProgramRunsAndTellsHowItEnded) {
  ProgramStream program({"sh", "-c", "echo one; echo wrong >&2; echo two; exit 7"});
  EXPECT_EQ(read_all(program), "one\ntwo\n");
  EXPECT_EQ(program.wait(), 7);
  EXPECT_EQ(program.errors(), "wrong\n");
}

TEST(ProgramStreamTest, ManyErrorsDoNotStopTheProgram) {
  ProgramStream program({"sh", "-c", "head -c 300000 /dev/zero >&2; echo done"});
  EXPECT_EQ(read_all(program), "done\n");
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(program.errors().size(), 65536u);
}

TEST(ProgramStreamTest, IsKilledWhenDropped) {
  pid_t child = -1;
  {
    ProgramStream program({"sh", "-c", "echo $$; exec sleep 600"});
    char text[16] = {};
    program.read(text, sizeof text - 1);
    child = std::stoi(text);
    EXPECT_EQ(::kill(child, 0), 0);
  }
  EXPECT_NE(::kill(child, 0), 0);
}

TEST(ProgramStreamTest, NamesAProgramThatIsNotThere) {
  EXPECT_ERROR(IoError, "can't start no-such-program", ProgramStream({"no-such-program"}));
}

}  // namespace
}  // namespace trireme
