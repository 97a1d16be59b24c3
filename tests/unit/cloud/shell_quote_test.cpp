#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "trireme/cloud/template/shell.h"
#include "trireme/core/error.h"

namespace trireme::cloud {
namespace {

/// What the shell makes of `word`.
std::string read_by_shell(const std::string& word) {
  FILE* pipe = popen(("LC_ALL=C; printf %s " + word).c_str(), "r");
  std::string text;
  std::array<char, 256> buffer;
  while (const size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
  EXPECT_EQ(pclose(pipe), 0) << word;
  return text;
}

TEST(ShellQuote, EveryCharacterComesBackAloneAndBetweenOthers) {
  std::string all;
  for (int code = 1; code < 128; ++code) {
    const std::string letter(1, static_cast<char>(code));
    all += letter;
    for (const std::string& text : {letter, "a" + letter + "b"}) {
      EXPECT_EQ(read_by_shell(shell_quote(text)), text) << "character " << code;
    }
  }
  EXPECT_EQ(read_by_shell(shell_quote(all)), all);
}

TEST(ShellQuote, WordsThatAPersonWouldNotQuoteStayAsTheyAre) {
  for (const char* text : {"efa", "0", "/fsx/data", "s3://bucket/key", "v2.27.5-1"}) EXPECT_EQ(shell_quote(text), text);
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("~/x"), "'~/x'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("^cm,ucx"), "'^cm,ucx'");
}

TEST(ShellQuote, RefusesWhatNoWordCanHold) { EXPECT_THROW(shell_quote(std::string("a\0b", 3)), BugError); }

}  // namespace
}  // namespace trireme::cloud
