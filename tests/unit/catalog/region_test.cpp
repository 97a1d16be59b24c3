#include "trireme/catalog/region.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "trireme/catalog/facts_folder.h"
#include "trireme/catalog/instance_type.h"
#include "trireme/catalog/table.h"
#include "trireme/core/error.h"

namespace trireme::catalog {
namespace {

TEST(Regions, PartitionsAndTheirSuffixes) {
  EXPECT_EQ(region("us-east-1").partition, "aws");
  EXPECT_EQ(region("us-gov-west-1").partition, "aws-us-gov");
  EXPECT_EQ(region("us-gov-west-1").dns_suffix, "amazonaws.com");
  EXPECT_EQ(region("cn-north-1").partition, "aws-cn");
  EXPECT_EQ(region("cn-north-1").dns_suffix, "amazonaws.com.cn");
  EXPECT_EQ(region("eu-west-1").description, "Europe (Ireland)");
  std::set<std::string> names;
  for (const Region& each : regions()) EXPECT_TRUE(names.insert(each.name).second) << each.name;
}

std::string message_of(const char* name) {
  try {
    region(name);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Regions, UnknownNames) {
  EXPECT_EQ(find_region("us-west-3"), nullptr);
  EXPECT_EQ(message_of("us-est-1"), "no region \"us-est-1\"; did you mean \"us-east-1\"?");
  EXPECT_NE(message_of("moon").find("known are af-south-1, "), std::string::npos);
}

TEST(Regions, Zones) {
  EXPECT_EQ(zones("us-west-1"), (std::vector<std::string>{"usw1-az1", "usw1-az3"}));
  EXPECT_EQ(zones("us-east-1").size(), 6u);
  EXPECT_TRUE(zones("us-iso-east-1").empty());
}

/// Every name in the tables of zones is one of the tables of types and regions, and every offered zone exists.
TEST(Regions, OfferingsNameWhatExists) {
  const Table table = Table::read(facts_folder() / "instance_zones.tsv");
  std::set<std::pair<std::string, std::string>> rows;
  for (size_t row = 0; row < table.size(); ++row) {
    const std::string type = table.text(row, "type"), place = table.text(row, "region");
    SCOPED_TRACE(type + " in " + place);
    EXPECT_TRUE(rows.insert({type, place}).second) << "listed twice";
    const InstanceType* found = find_instance_type(type);
    ASSERT_NE(found, nullptr);
    EXPECT_GT(found->accelerators.count, 0);
    EXPECT_NE(find_region(place), nullptr);
    const std::vector<std::string> all = zones(place), offered = table.list(row, "zones");
    EXPECT_FALSE(offered.empty());
    for (const std::string& zone : offered) EXPECT_NE(std::find(all.begin(), all.end(), zone), all.end()) << zone;
  }
}

TEST(Regions, OfferingsOfAType) {
  const std::vector<Offering> p5 = offerings("p5.48xlarge");
  EXPECT_TRUE(std::any_of(p5.begin(), p5.end(), [](const Offering& each) { return each.region == "us-east-1"; }));
  EXPECT_TRUE(offerings("m5.8xlarge").empty());
}

}  // namespace
}  // namespace trireme::catalog
