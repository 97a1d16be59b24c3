#include "trireme/catalog/stack.h"

#include <gtest/gtest.h>

namespace trireme::catalog {
namespace {

TEST(FindInstance, FamilySizeAndHyperPodName) {
  const Instance instance = find_instance("ml.p6-b200.48xlarge").value();
  EXPECT_EQ(instance.type, "p6-b200.48xlarge");
  EXPECT_EQ(instance.family, "p6-b200");
  EXPECT_TRUE(instance.in("blackwell") && instance.in("efa") && instance.in("p6-b200"));
  EXPECT_FALSE(instance.in("p5"));
}

TEST(FindInstance, AFamilyThatIsAPrefixOfAnotherIsNotIt) {
  EXPECT_FALSE(find_instance("p5en.48xlarge").value().in("p5"));
  EXPECT_FALSE(find_instance("trn1n.32xlarge").value().in("trn1"));
}

TEST(FindInstance, UnknownFamilyListsTheKnownOnes) {
  const auto unknown = find_instance("p5n.48xlarge");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().find("the instance family \"p5n\"; did you mean \"p5"), std::string::npos)
      << unknown.error();
  EXPECT_NE(unknown.error().find("(known: p3, p3dn, p4d, "), std::string::npos) << unknown.error();
}

TEST(FindInstance, OnlyWhatLooksLikeAType) {
  for (const char* type : {"", "p5", "p5.", ".48xlarge", "P5.48xlarge", "p5.48xlarge ", "p5.48.xlarge", "ml."}) {
    EXPECT_FALSE(find_instance(type)) << type;
  }
  EXPECT_EQ(find_instance("p5").error(), "\"p5\" is no instance type; one looks like p5.48xlarge");
}

}  // namespace
}  // namespace trireme::catalog
