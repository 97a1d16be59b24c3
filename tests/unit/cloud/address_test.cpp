#include <gtest/gtest.h>

#include <random>

#include "support/expect_error.h"
#include "support/test_scale.h"
#include "trireme/cloud/address/subnet_plan.h"
#include "trireme/core/error.h"

namespace trireme::cloud {
namespace {

Cidr cidr(const std::string& text) { return Cidr::parse(text).value(); }

TEST(Cidr, Reads) {
  const Cidr block = cidr("10.1.0.0/16");
  EXPECT_EQ(block.prefix(), 16);
  EXPECT_EQ(block.size(), 65536U);
  EXPECT_EQ(block.hosts(), 65531U);
  EXPECT_EQ(block.to_string(), "10.1.0.0/16");
  EXPECT_EQ(cidr("0.0.0.0/0").size(), uint64_t{1} << 32);
  EXPECT_EQ(cidr("0.0.0.0/0").last(), 0xffffffffU);
  EXPECT_EQ(cidr("255.255.255.255/32").hosts(), 0U);
  EXPECT_EQ(cidr("10.0.0.0/28").hosts(), 11U);
}

TEST(Cidr, SaysWhatToWriteForAnAddressInside) {
  EXPECT_EQ(Cidr::parse("10.0.3.7/16").error(), "\"10.0.3.7/16\" starts inside its block; write 10.0.0.0/16");
}

TEST(Cidr, RefusesWhatIsNone) {
  for (const std::string text : {"",
                                 "/",
                                 "10",
                                 "10.0.0.0",
                                 "10.0.0/16",
                                 "10.0.0.0.0/16",
                                 "10.0.0.0/33",
                                 "10.0.0.0/-1",
                                 "10.0.0.0/+1",
                                 "10.0.0.0/016",
                                 "010.0.0.0/16",
                                 "256.0.0.0/8",
                                 "10.0.0.0/16 ",
                                 " 10.0.0.0/16",
                                 "10.0.0.0/",
                                 "10..0.0/16",
                                 "10.0.0.0/1x",
                                 "a.b.c.d/8",
                                 "10,0.0.0/16",
                                 "10.0.0.0\\16",
                                 "10.0.0.0//16",
                                 "::/0",
                                 "fe80::/10",
                                 "10.0.0.0/16/8",
                                 "0x0a.0.0.0/8",
                                 "10.0.0.-0/16",
                                 "1e1.0.0.0/8",
                                 "99999999999.0.0.0/8",
                                 "10.0.0.0/99999999999"}) {
    EXPECT_EQ(Cidr::parse(text).error(), "\"" + text + "\" is not a block of addresses such as 10.0.0.0/16");
  }
  EXPECT_FALSE(Cidr::parse(std::string_view("10.0.0.0/16\0", 12)));
  const std::string right = "10.20.0.0/16";
  for (size_t at = 0; at < right.size(); ++at) {
    for (const char letter : std::string("x -/:\n\"$")) {
      std::string wrong = right;
      wrong.insert(at, 1, letter);
      EXPECT_FALSE(Cidr::parse(wrong)) << wrong;
    }
  }
}

TEST(Cidr, RandomBlocksReadBackAndSplit) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000 * test::test_scale(); ++round) {
    const int prefix = static_cast<int>(random() % 33);
    const uint32_t mask = prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix);
    const Cidr block(static_cast<uint32_t>(random()) & mask, prefix);
    EXPECT_EQ(cidr(block.to_string()), block);
    const int bits = static_cast<int>(random() % std::min(8, 33 - prefix));
    uint64_t covered = 0;
    for (uint32_t index = 0; index < (1U << bits); ++index) {
      const Cidr part = block.part(bits, index);
      EXPECT_TRUE(block.contains(part));
      EXPECT_EQ(part.first(), block.first() + covered);  // one after the other: disjoint
      covered += part.size();
    }
    EXPECT_EQ(covered, block.size());
    const Cidr other(static_cast<uint32_t>(random()) & mask, prefix);
    EXPECT_EQ(block.overlaps(other), block == other);
    EXPECT_EQ(block.overlaps(block.part(bits, 0)), block.part(bits, 0).overlaps(block));
  }
}

TEST(Cidr, RefusesPartsThatAreNone) {
  EXPECT_ERROR(BugError, "10.0.0.0/31 has no part 0 of 2^2", cidr("10.0.0.0/31").part(2, 0));
  EXPECT_ERROR(BugError, "10.0.0.0/16 has no part 2 of 2^1", cidr("10.0.0.0/16").part(1, 2));
  EXPECT_ERROR(BugError, "no such block", Cidr(1, 16));
}

void expect_apart(const std::vector<Cidr>& blocks) {
  for (size_t a = 0; a < blocks.size(); ++a) {
    for (size_t b = a + 1; b < blocks.size(); ++b) EXPECT_FALSE(blocks[a].overlaps(blocks[b]));
  }
}

/// Every block a user can write, with one to six zones: either a message, or subnets that AWS takes.
TEST(SubnetPlan, PropertyOfEveryPrefixAndZoneCount) {
  for (int prefix = 0; prefix <= 32; ++prefix) {
    const Cidr primary(prefix == 0 ? 0 : 0xa0000000 & (~uint32_t{0} << (32 - prefix)), prefix);
    for (int second = 0; second <= 33; ++second) {
      const bool has_second = second <= 32;
      const Cidr secondary(has_second && second > 1 ? 0x40000000 : 0, has_second ? second : 0);
      for (int zones = 1; zones <= 6; ++zones) {
        const auto plan = plan_subnets(primary, has_second ? &secondary : nullptr, zones);
        const int space_prefix = has_second ? second : prefix + 1;
        ASSERT_EQ(static_cast<bool>(plan), prefix + 5 <= 28 && space_prefix + zones <= 28) << prefix << " " << second;
        if (!plan) continue;
        const SubnetPlan blocks = *Result<SubnetPlan>(plan);
        ASSERT_EQ(blocks.public_subnets.size(), static_cast<size_t>(zones));
        ASSERT_EQ(blocks.private_subnets.size(), static_cast<size_t>(zones));
        std::vector<Cidr> in_primary = blocks.public_subnets;
        for (const Cidr& block : blocks.private_subnets) {
          EXPECT_LE(block.prefix(), 28);
          EXPECT_TRUE((has_second ? secondary : primary).contains(block));
          if (!has_second) in_primary.push_back(block);
        }
        for (const Cidr& block : blocks.public_subnets) EXPECT_TRUE(primary.contains(block));
        expect_apart(in_primary);
        expect_apart(blocks.private_subnets);
      }
    }
  }
}

TEST(SubnetPlan, KeepsItsBlocks) {
  const auto text = [](const std::vector<Cidr>& blocks) {
    std::string all;
    for (const Cidr& block : blocks) all += block.to_string() + " ";
    return all;
  };
  const SubnetPlan two = plan_subnets(cidr("10.0.0.0/16"), nullptr, 2).value();
  EXPECT_EQ(text(two.public_subnets), "10.0.0.0/21 10.0.8.0/21 ");
  EXPECT_EQ(text(two.private_subnets), "10.0.128.0/18 10.0.192.0/19 ");
  const Cidr secondary = cidr("10.1.0.0/16");
  EXPECT_EQ(text(plan_subnets(cidr("10.0.0.0/16"), &secondary, 1).value().private_subnets), "10.1.0.0/17 ");
  for (int zones = 1; zones < 6; ++zones) {
    const SubnetPlan before = plan_subnets(cidr("10.0.0.0/16"), nullptr, zones).value();
    const SubnetPlan after = plan_subnets(cidr("10.0.0.0/16"), nullptr, zones + 1).value();
    EXPECT_EQ(text(after.private_subnets).rfind(text(before.private_subnets), 0), 0U)
        << "a zone that is added moves none";
    EXPECT_EQ(text(after.public_subnets).rfind(text(before.public_subnets), 0), 0U);
  }
}

TEST(SubnetPlan, NamesTheBlockThatIsTooSmall) {
  EXPECT_EQ(plan_subnets(cidr("10.0.0.0/24"), nullptr, 1).error(),
            "10.0.0.0/24 is too small for 1 zone: a subnet has at least 16 addresses (/28)");
  const Cidr secondary = cidr("10.1.0.0/27");
  EXPECT_EQ(plan_subnets(cidr("10.0.0.0/16"), &secondary, 3).error(),
            "10.1.0.0/27 is too small for 3 zones: a subnet has at least 16 addresses (/28)");
}

}  // namespace
}  // namespace trireme::cloud
