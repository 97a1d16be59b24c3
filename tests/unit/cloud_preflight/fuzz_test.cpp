#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "support/mutate.h"
#include "support/temporary_folder.h"
#include "support/test_scale.h"
#include "trireme/cloud/lower/read_file.h"
#include "trireme/cloud/preflight/preflight.h"
#include "trireme/core/error.h"
#include "unit/cloud_preflight/cases.h"
#include "unit/cloud_preflight/examples.h"

namespace trireme::cloud {
namespace {

/// What synth writes of every example, by name.
std::vector<std::pair<std::string, std::string>> own_files() {
  const test::TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> all;
  for (const fs::path& description : example_descriptions()) {
    for (const fs::path& file : write_example(description, folder.path())) {
      all.emplace_back(file.filename().string(), read_file(file.string()));
    }
  }
  return all;
}

/// Is the file judged, rather than refused?
bool is_judged(const fs::path& file, const std::string& kind) {
  Diagnostics diagnostics;
  try {
    const Model model = read_template(file.string(), kind, {}, diagnostics);
    if (diagnostics.has_errors()) return false;
    EXPECT_FALSE(to_json(preflight({model}, nullptr, kToday)).empty());
    return true;
  } catch (const ConfigError& refusal) {
    EXPECT_NE(std::string(refusal.what()), "");
    return false;
  }
}

/// Bytes that change, go, come again or end early: a file is judged or refused, within a second, and never a crash.
TEST(PreflightFuzz, MutatedFilesAreJudgedOrRefused) {
  constexpr std::chrono::seconds kLimit(1);
  const auto files = own_files();
  ASSERT_GE(files.size(), 60u);
  const test::TemporaryFolder folder;
  std::mt19937 random(29);
  const auto pick = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  const std::vector<std::string> kinds = template_kinds();
  int judged = 0;
  for (int round = 0; round < 400 * test::test_scale(); ++round) {
    const auto& [name, text] = files[pick(files.size())];
    const std::string mutated = pick(3) == 0 ? text.substr(0, pick(text.size())) : test::mutate(text, random);
    // Mostly told by content; at times as what it is not.
    const std::string kind = pick(8) == 0 ? kinds[pick(kinds.size())] : "";
    SCOPED_TRACE(name + " as \"" + kind + "\":\n" + mutated);
    const fs::path file = folder.path() / name;
    write_file_atomic(file, mutated);
    const auto start = std::chrono::steady_clock::now();
    judged += is_judged(file, kind) ? 1 : 0;
    EXPECT_LT(std::chrono::steady_clock::now() - start, kLimit);
  }
  EXPECT_GT(judged, 20);
}

}  // namespace
}  // namespace trireme::cloud
