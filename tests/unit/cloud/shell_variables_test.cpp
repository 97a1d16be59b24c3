#include "trireme/cloud/environment/shell_variables.h"

#include <gtest/gtest.h>

#include <random>

#include "support/mutate.h"
#include "trireme/core/format.h"

namespace trireme::cloud {
namespace {

/// "3:8 NAME=value", "?" for a value that is not known; joined by "; ".
std::string settings(std::string_view text) {
  std::string list;
  for (const EnvironmentSetting& each : read_shell_variables(text, "job.sh")) {
    EXPECT_EQ(each.where.file, "job.sh");
    list += (list.empty() ? "" : "; ") +
            format("{}:{} {}={}", each.where.line, each.where.column, each.name, each.value.value_or("?"));
  }
  return list;
}

TEST(ShellVariables, Export) {
  EXPECT_EQ(settings("export A=1"), "1:8 A=1");
  EXPECT_EQ(settings("#!/bin/bash\n\n  export A=1 B='two words' C=\"x\"y # B=3\n"),
            "3:10 A=1; 3:14 B=two words; 3:28 C=xy");
  EXPECT_EQ(settings("declare -x A=1; declare -i B=2; readonly C=3; typeset -gx D=4"), "1:12 A=1; 1:59 D=4");
  EXPECT_EQ(settings("export -n A"), "");
  EXPECT_EQ(settings("export -n A=1"), "");
}

TEST(ShellVariables, ExportOfAnEarlierAssignment) {
  EXPECT_EQ(settings("A=1\nexport A\nexport B"), "2:8 A=1; 3:8 B=?");
  EXPECT_EQ(settings("A=1"), "");
}

TEST(ShellVariables, BeforeACommand) {
  EXPECT_EQ(settings("A=1 B=2 python train.py C=3"), "1:1 A=1; 1:5 B=2");
  EXPECT_EQ(settings("cd x && A=1 ./run; if B=2 test; then C=3 ./run; fi"), "1:9 A=1; 1:23 B=2; 1:38 C=3");
  EXPECT_EQ(settings("srun env -u X A=1 python"), "");
  EXPECT_EQ(settings("srun /usr/bin/env A=1 B=2 python C=3"), "1:19 A=1; 1:23 B=2");
}

TEST(ShellVariables, Mpirun) {
  EXPECT_EQ(settings("mpirun -np 8 \\\n  -x FI_PROVIDER=efa \\\n  -x LD_LIBRARY_PATH ./all_reduce_perf\n"),
            "2:6 FI_PROVIDER=efa; 3:6 LD_LIBRARY_PATH=?");
  EXPECT_EQ(settings("/opt/amazon/openmpi/bin/mpirun -x A=1"), "1:35 A=1");
  EXPECT_EQ(settings("bash -x run\nset -x\ngrep -x WORD file"), "");
  EXPECT_EQ(settings("ARGS=( -x A=1\n -x B=2 )"), "1:11 A=1; 2:5 B=2");
}

TEST(ShellVariables, Containers) {
  EXPECT_EQ(settings("docker run --env A=1 -e B=2 --env=C=3 --env D image"), "1:18 A=1; 1:25 B=2; 1:29 C=3; 1:45 D=?");
}

TEST(ShellVariables, Slurm) {
  EXPECT_EQ(settings("#!/bin/bash\n#SBATCH --nodes=2\n#SBATCH --export=ALL,A=1,B=2\nsrun --export=ALL,C=3 x"),
            "3:9 A=1; 3:9 B=2; 4:6 C=3");
  EXPECT_EQ(settings("##SBATCH --export=ALL,A=1"), "");
}

TEST(ShellVariables, Dockerfile) {
  EXPECT_EQ(settings("FROM x\nENV A 1\nENV B=2 C=\"3 4\"\nENV D five six\nRUN export E=1 && F=2 make\nARG G=1\n"),
            "2:5 A=1; 3:5 B=2; 3:9 C=3 4; 4:5 D=five six; 5:12 E=1; 5:19 F=2");
  EXPECT_EQ(settings("ENV A=1 \\\n    # a comment between\n    B=2\n"), "1:5 A=1; 3:5 B=2");
  EXPECT_EQ(settings("ENV PATH /opt/bin:$PATH"), "1:5 PATH=?");
  EXPECT_EQ(settings("ENV\nENV A\nENV $A 1"), "");
}

TEST(ShellVariables, WhatTheShellReplacesIsUnknown) {
  EXPECT_EQ(settings("export A=$B C=`date` D=\"${E}\" F='$G' H=\\$I J=$(hostname)"),
            "1:8 A=?; 1:13 C=?; 1:22 D=?; 1:31 F=$G; 1:38 H=$I; 1:44 J=?");
  EXPECT_EQ(settings("export PATH+=:/opt"), "1:8 PATH=?");
}

TEST(ShellVariables, BackslashesInQuotes) {
  EXPECT_EQ(settings(R"(export A="a\"b\n" B=a\ b C='a\')"), R"(1:8 A=a"b\n; 1:19 B=a b; 1:26 C=a\)");
}

TEST(ShellVariables, ScriptsInsideWords) {
  EXPECT_EQ(settings("srun bash -c \"export A=1; B=2 python\""), "1:14 A=1; 1:14 B=2");
  EXPECT_EQ(settings("srun bash -lc 'export A=$X'"), "1:15 A=?");
  EXPECT_EQ(settings("bash -c '\n  export A=1\n  B=2 python\n'\n"), "2:10 A=1; 3:3 B=2");
}

TEST(ShellVariables, HereDocuments) {
  EXPECT_EQ(settings("cat > run.sh <<'EOF'\n# it's ours\nexport A=1\nEOF\nexport B=2\n"), "3:8 A=1; 5:8 B=2");
  EXPECT_EQ(settings("cat <<-EOF\nA=1\nDon't export B=2\nEOF\nexport C=3"), "5:8 C=3");
}

TEST(ShellVariables, CommentsAndOtherText) {
  EXPECT_EQ(settings("# export A=1\n  # export B=2\necho export C=3\necho '# x' export=1\necho a#b; export D=4"),
            "5:18 D=4");
  EXPECT_EQ(settings("echo \"use export A=1; B=2 x\""), "");
  EXPECT_EQ(settings("export A=1\r\nexport B=2\r\n"), "1:8 A=1; 2:8 B=2");
  EXPECT_EQ(settings("export A=1 \\\r\n  B=2\r\n"), "1:8 A=1; 2:3 B=2");
  EXPECT_EQ(settings("export 1A=1 A-B=2 =3"), "");
}

TEST(ShellVariables, AnUnclosedQuoteCostsItsLineAtMost) {
  EXPECT_EQ(settings("echo don't\nexport A=1\necho it's\nexport B=\"2\n"), "2:8 A=1; 4:8 B=");
}

TEST(ShellVariables, LongLines) {
  const std::string letters(300'000, 'x');
  EXPECT_EQ(read_shell_variables("export A=" + letters, "f").at(0).value, letters);
  EXPECT_TRUE(read_shell_variables(std::string(300'000, '"') + "'", "f").empty());
  std::string quotes;
  for (int i = 0; i < 100'000; ++i) quotes += "' \"\\";
  read_shell_variables(quotes, "f");
  std::string nested = "bash -c '";
  for (int i = 0; i < 30'000; ++i) nested += "bash -c \"";
  read_shell_variables(nested + "'", "f");
  std::string joined;
  for (int i = 0; i < 50'000; ++i) joined += "-x A=1 \\\n";
  EXPECT_EQ(read_shell_variables("mpirun " + joined, "f").size(), 50'000u);
}

TEST(ShellVariables, AnyBytesAreRead) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    read_shell_variables(bytes, "f");
  }
  const std::string script =
      "#SBATCH --export=ALL,A=1\nexport B='x' C=\"$D\"\nmpirun -x E=1 \\\n -x F bash -c \"export G=2\"\nENV H i\n";
  for (int round = 0; round < 3000; ++round) {
    for (const EnvironmentSetting& each : read_shell_variables(test::mutate(script, random), "f")) {
      EXPECT_FALSE(each.name.empty());
      EXPECT_GE(each.where.line, 1);
      EXPECT_GE(each.where.column, 1);
    }
  }
}

}  // namespace
}  // namespace trireme::cloud
