#include "trireme/telemetry/tensorboard.h"

#include <gtest/gtest.h>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"
#include "trireme/core/format.h"

namespace trireme::telemetry {
namespace {

/// What the independent decoder in Python makes of the event files of a folder: one JSON value a line.
std::vector<nlohmann::json> decode(const fs::path& folder) {
  const std::string command =
      format("python3 {}/tests/support/decode_tensorboard.py {}/events.* 2>&1", TRIREME_SOURCE_DIR, folder.string());
  std::vector<nlohmann::json> lines;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> line;
  while (::fgets(line.data(), line.size(), pipe) != nullptr) {
    lines.push_back(nlohmann::json::parse(line.data(), nullptr, false));
  }
  EXPECT_EQ(::pclose(pipe), 0);
  return lines;
}

TEST(TensorBoard, Crc32cAgreesWithTheStandard) {
  // RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(TensorBoard, AnIndependentDecoderReadsTheScalars) {
  const test::TemporaryFolder folder;
  {
    TensorBoardWriter writer(folder.path(), 1);
    const std::array<TensorBoardWriter::Scalar, 3> scalars = {
        {{"train/loss", 2.5}, {"train/lr", 3e-4}, {"train/grad_norm", NAN}}};
    writer.add(1, scalars);
    writer.add(int64_t{1} << 40, std::array<TensorBoardWriter::Scalar, 1>{{{"train/loss", -0.5}}});
    writer.add(3, std::array<TensorBoardWriter::Scalar, 1>{{{"train/loss", INFINITY}}});
  }
  const auto events = decode(folder.path());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["file_version"], "brain.Event:2");
  EXPECT_EQ(events[1]["step"], 1);
  EXPECT_EQ(events[1]["scalars"]["train/loss"], 2.5);
  EXPECT_NEAR(events[1]["scalars"]["train/lr"].get<double>(), 3e-4, 1e-10);
  EXPECT_EQ(events[1]["scalars"].size(), 2u) << "what is not finite is left out";
  EXPECT_EQ(events[2]["step"], int64_t{1} << 40);
}

TEST(TensorBoard, AResumedRunSaysWhereItStarts) {
  const test::TemporaryFolder folder;
  { TensorBoardWriter writer(folder.path(), 7); }
  const auto events = decode(folder.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1]["step"], 7);
  EXPECT_EQ(events[1]["session"], 1);
}

}  // namespace
}  // namespace trireme::telemetry
