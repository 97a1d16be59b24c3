#include "trireme/config/schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/config/example.h"

namespace trireme::config {
namespace {

using Json = nlohmann::json;

TEST(Schema, HoldsWhatTheOptionsSay) {
  Example example;
  const Json schema = Json::parse(json_schema(example.describe(), "example"));
  EXPECT_EQ(schema["title"], "example");
  EXPECT_EQ(schema["additionalProperties"], false);
  const Json& train = schema["properties"]["train"];
  EXPECT_EQ(train["description"], "How long.");
  EXPECT_EQ(train["additionalProperties"], false);
  const Json steps = {
      {"description", "number of updates; at least 1 (steps)"}, {"type", "integer"}, {"minimum", 1}, {"default", 100}};
  EXPECT_EQ(train["properties"]["steps"], steps);
  EXPECT_EQ(train["properties"]["rate"]["type"], "number");
  EXPECT_EQ(train["properties"]["rate"]["exclusiveMaximum"], 1);
  const Json& model = schema["properties"]["model"]["properties"];
  EXPECT_EQ(model["mode"]["enum"], Json({"plain", "fancy"}));
  EXPECT_EQ(model["mode"]["description"], "how");
  EXPECT_EQ(model["paths"]["items"]["type"], "string");
  EXPECT_EQ(model["rope"]["properties"]["factor"]["exclusiveMinimum"], 0);
  EXPECT_EQ(model["dropout"]["enum"], Json({0.0}));
}

TEST(Schema, TablesOfAnyName) {
  int64_t count = 1;
  std::string tag;
  OptionSet options;
  options.section("nodes.NAME", "Alike.");
  options.add("count", &count, "how many");
  options.section("tags", "Tags.");
  options.add(kAnyName, &tag, "a tag");
  const Json schema = Json::parse(json_schema(options, ""));
  const Json& nodes = schema["properties"]["nodes"];
  EXPECT_EQ(nodes["additionalProperties"], false);
  EXPECT_EQ(nodes["patternProperties"]["^.+$"]["properties"]["count"]["type"], "integer");
  EXPECT_EQ(nodes["patternProperties"]["^.+$"]["description"], "Alike.");
  EXPECT_EQ(schema["properties"]["tags"]["patternProperties"]["^.+$"]["type"], "string");
}

}  // namespace
}  // namespace trireme::config
