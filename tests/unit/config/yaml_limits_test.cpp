#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "trireme/config/source_text.h"
#include "trireme/config/yaml.h"
#include "trireme/core/format.h"
#include "unit/config/show.h"

namespace trireme::config {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr double kSlowdown = 10;
#else
constexpr double kSlowdown = 1;
#endif

/// What is wrong with `text`.
std::string refusal(const std::string& text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse_yaml(text, "a.yaml", diagnostics)) << text.substr(0, 200);
  return diagnostics.to_string();
}

std::string tree(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<Value> value = parse_yaml(text, "a.yaml", diagnostics);
  return value ? show(*value) : diagnostics.to_string();
}

TEST(YamlAliases, AreExpanded) {
  EXPECT_EQ(tree("a: &x [1, {b: c}]\nd: *x\ne: &y s\n*y : &z t\nf: *z\n"),
            "{\"a\": [integer 1, {\"b\": string \"c\"}], \"d\": [integer 1, {\"b\": string \"c\"}], \"e\": string "
            "\"s\", \"s\": string \"t\", \"f\": string \"t\"}");
  EXPECT_EQ(tree("[&x a, &x b, *x]"), "[string \"a\", string \"b\", string \"b\"]");
  EXPECT_EQ(refusal("a: *x\n"), "a.yaml:1:4: error: alias *x stands for no anchor (mark a value above it with &x)\n");
  EXPECT_EQ(refusal("b: &x 1\na: &x [1, *x]\n"),
            "a.yaml:2:11: error: an alias stands inside its own anchor (write the value out)\n");
}

TEST(YamlAliases, MergeKeysWork) {
  EXPECT_EQ(tree("base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, x: 5}\ntwo: {w: 0, <<: [*b, *m]}\n"
                 "quoted: {\"<<\": 1}\n"),
            "{\"base\": {\"x\": integer 1, \"y\": integer 2}, \"more\": {\"y\": integer 3, \"z\": integer 4}, \"one\": "
            "{\"x\": integer 5, \"y\": integer 2}, \"two\": {\"w\": integer 0, \"x\": integer 1, \"y\": integer 2, "
            "\"z\": integer 4}, \"quoted\": {\"<<\": integer 1}}");
  EXPECT_EQ(refusal("a: {<<: 3}"),
            "a.yaml:1:9: error: `<<` merges tables, got integer 3 (quote \"<<\" to use it as a plain key)\n");
  EXPECT_EQ(refusal("a: {<<: {}, <<: {}}"),
            "a.yaml:1:13: error: key \"<<\" is written twice, first in line 1 (give one `<<` a list)\n");
}

TEST(YamlAliases, ABombIsRefusedAtOnce) {
  std::string bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += format("a{}: &a{} [{}, {}, {}, {}, {}, {}, {}, {}]\n", i, i, before, before, before, before, before, before,
                   before, before);
  }
  std::string blob = "a: &a " + std::string(4 << 20, 'x') + "\nb:\n";
  for (int i = 0; i < 1000; ++i) blob += "- *a\n";
  const std::clock_t begin = std::clock();
  EXPECT_NE(refusal(bomb).find("aliases make more than 200000 values (split the file"), std::string::npos);
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 0.05 * kSlowdown);
  EXPECT_NE(refusal(blob).find("aliases repeat more than 16.00 MiB of text"), std::string::npos);
}

TEST(YamlLimits, Depth) {
  std::string deep;
  for (int i = 0; i < kMaxDepth; ++i) deep += "[";
  EXPECT_EQ(tree(deep + std::string(kMaxDepth, ']')), deep + std::string(kMaxDepth, ']'));
  EXPECT_EQ(refusal(deep + "[]" + std::string(kMaxDepth, ']')),
            "a.yaml:1:65: error: nests deeper than 64 levels (flatten it)\n");
  const std::string half(kMaxDepth / 2 + 1, '[');
  EXPECT_NE(
      refusal("a: &a " + half + std::string(half.size(), ']') + "\nb: " + half + "*a" + std::string(half.size(), ']'))
          .find("nests deeper than 64 levels"),
      std::string::npos);
}

TEST(YamlLimits, Size) {
  EXPECT_EQ(refusal(std::string(kMaxTextBytes + 1, ' ')),
            "a.yaml: error: holds 8.00 MiB, more than 8.00 MiB (split it into several files)\n");
  std::string many;
  for (int i = 0; i <= kMaxNodes; ++i) many += "- 1\n";
  EXPECT_EQ(refusal(many),
            "a.yaml:200000:3: error: holds more than 200000 values (split the file, or write less with aliases)\n");
}

TEST(YamlLimits, NoMoreFindingsThanAPersonReads) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a: 1\n";
  const std::string problems = refusal(text);
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), kMaxFindings);
}

/// The processor time that the refusal of `text` takes.
double seconds_to_refuse(const std::string& text) {
  const std::clock_t begin = std::clock();
  refusal(text);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(YamlLimits, WhatIsReadAheadIsBounded) {
  std::string directives;
  for (int i = 0; i < 400'000; ++i) directives += format("%TAG !{}! x\n", i);
  EXPECT_NE(refusal(directives).find("a.yaml:66:1: error: more than 64 lines of %TAG (write the tags out)"),
            std::string::npos);
  EXPECT_EQ(tree("%TAG !e! !\n---\n!!str 1\n"), "string \"1\"");
  for (const std::string begin : {"[", "{", "- ", "? ", ": ", "- [? ", "!a ", "&a ", "*a ", "\"", "'a", "a: ["}) {
    std::string text;
    while (text.size() + begin.size() <= kMaxTextBytes) text += begin;
    EXPECT_LT(seconds_to_refuse(text), 2 * kSlowdown) << begin;
  }
}

TEST(YamlRefuses, BytesThatAreNoText) {
  EXPECT_EQ(refusal("a: b\nc: \xC3\xA9\xFF\n"),
            "a.yaml:2:5: error: is not UTF-8 from here on (save the file as UTF-8)\n");
  EXPECT_EQ(refusal(std::string("a\0b", 3)),
            "a.yaml:1:2: error: holds a NUL byte (save the file as plain UTF-8 text)\n");
  EXPECT_EQ(refusal("a: \x04\nb: c\n"),
            "a.yaml:1:4: error: holds a control character, which YAML forbids (write it as "
            "\"\\xNN\" in double quotes)\n");
  for (const std::string separator : {"\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    EXPECT_EQ(refusal("# c" + separator + "a: b\n").find("a.yaml:1:4: error: holds a line separator that only some"),
              0u);
  }
}

TEST(YamlRefuses, WhatIsNotYaml) {
  EXPECT_EQ(refusal(""), "a.yaml:1:1: error: holds no document (write at least one value)\n");
  EXPECT_EQ(
      refusal("a:\n\tb: c\n"),
      "a.yaml:2:1: error: no value begins with a tab, \"%\", \"@\" or \"`\" (indent with blanks, and quote a text "
      "that begins so)\n");
  EXPECT_EQ(refusal("a: b: c\n"),
            "a.yaml:1:5: error: a colon where no key can stand (quote a value that holds \": \", and line keys up)\n");
  EXPECT_EQ(refusal("a: [1, 2\n"),
            "a.yaml:2:1: error: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
            "begins in line 1\n");
  EXPECT_EQ(refusal("a:\n  [1, 2"),
            "a.yaml:2:8: error: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
            "begins in line 2\n");
  EXPECT_EQ(refusal("a: 'x\nb: c\n"), "a.yaml:1:4: error: a quote that nothing closes (close it)\n");
  EXPECT_EQ(refusal("a: 1\nbcd\n"),
            "a.yaml:2:1: error: a key without a colon (write \": \" and a value behind it, within its line and 1024 "
            "characters)\n");
  EXPECT_EQ(refusal("a: !If[x]\n"),
            "a.yaml:1:4: error: a tag that runs into other text (put a blank behind the tag)\n");
  EXPECT_EQ(refusal("a: !%C0%80 x\n"), "a.yaml:1:4: error: a tag whose %-escapes are not UTF-8 (rename it)\n");
  EXPECT_EQ(tree("a:\n\"b\" :\n? c\n'd''': \n&x e:\n{f, g: }: 1"),
            "a.yaml:6:1: error: a table can't be a key (use text as the key)\n");
  EXPECT_EQ(tree("a:\n\"b\" :\n? c\n'd''': \n&x e:\nf: {g, h: }\ni: [[],\n]"),
            "{\"a\": null, \"b\": null, \"c\": null, \"d'\": null, \"e\": null, \"f\": {\"g\": null, \"h\": null}, "
            "\"i\": [[]]}");
}

TEST(YamlDocuments, BeginWithThreeDashes) {
  Diagnostics diagnostics;
  const std::vector<Value> documents = parse_yaml_documents("a: 1\n---\nb: 2\n...\n---\n", "a.yaml", diagnostics);
  ASSERT_EQ(documents.size(), 3u) << diagnostics.to_string();
  EXPECT_EQ(show(documents[1]), "{\"b\": integer 2}");
  EXPECT_EQ(show(documents[2]), "null");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "a.yaml:3:1: error: holds 2 documents, expected one (split it at ---)\n");
  EXPECT_EQ(refusal("\"a\" \"b\""),
            "a.yaml:1:5: error: text after the end of the document (begin a document with ---)\n");
}

TEST(YamlDocuments, DoNotShareAnchors) {
  Diagnostics diagnostics;
  EXPECT_TRUE(parse_yaml_documents("a: &x 1\n---\nb: *x\n", "a.yaml", diagnostics).empty());
  EXPECT_TRUE(diagnostics.has_errors());
}

}  // namespace
}  // namespace trireme::config
