#include "trireme/catalog/stack.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "trireme/catalog/network_card.h"

namespace trireme::catalog {
namespace {

using Sets = std::vector<std::string>;

TEST(InstanceSets, ComeFromTheCatalogue) {
  const auto of = [](const char* type) { return instance_sets(instance_type(type)); };
  EXPECT_EQ(of("ml.p6-b200.48xlarge"), (Sets{"p6-b200", "nvidia", "b200", "efa", "rdma"}));
  EXPECT_EQ(of("p6e-gb200.36xlarge"), (Sets{"p6e-gb200", "nvidia", "gb200", "efa", "rdma"}));
  EXPECT_EQ(of("g5.48xlarge"), (Sets{"g5", "nvidia", "a10g", "efa"}));
  EXPECT_EQ(of("g5.xlarge"), (Sets{"g5", "nvidia", "a10g"}));
  EXPECT_EQ(of("trn1.32xlarge"), (Sets{"trn1", "neuron", "trainium", "efa", "rdma"}));
  EXPECT_EQ(of("hpc7a.96xlarge"), (Sets{"hpc7a", "cpu", "efa", "rdma"}));
  EXPECT_EQ(of("m5.large"), (Sets{"m5", "cpu"}));
}

TEST(InstanceSets, AFamilyThatIsAPrefixOfAnotherIsNotIt) {
  EXPECT_EQ(std::ranges::count(instance_sets(instance_type("p5en.48xlarge")), "p5"), 0);
}

TEST(InstanceSets, EveryNameOfEveryTypeIsKnown) {
  const std::set<std::string> known = instance_sets();
  for (const char* name : {"p5", "h200-sxm", "nvidia", "neuron", "cpu", "efa", "rdma"})
    EXPECT_TRUE(known.contains(name));
  EXPECT_FALSE(known.contains(""));
}

TEST(HasEfa, AgreesWithTheNumberOfInterfaces) {
  for (const InstanceType& type : instance_types()) {
    EXPECT_EQ(has_efa(type), type.efa_interfaces.value_or(1) > 0) << type.name;
  }
  EXPECT_FALSE(instance_type("p6e-gb200.36xlarge").efa_interfaces);  // unknown, and it has EFA
}

}  // namespace
}  // namespace trireme::catalog
