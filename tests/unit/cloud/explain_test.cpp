#include "trireme/cloud/explain/explain.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "trireme/cloud/explain/draw.h"
#include "trireme/core/format.h"
#include "unit/cloud/example.h"

namespace trireme::cloud {
namespace {

const std::string kStorage = R"(efa = "on"
[storage.fsx]
mount = "/fsx"
size_gib = 1200
throughput = 250
data_repository = "storage.corpus"
[storage.corpus]
kind = "bucket"
)";

std::vector<ExplainedKey> explain(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return explain_keys(parse_cluster(text, "c.toml", overrides));
}

const ExplainedKey& key_called(const std::vector<ExplainedKey>& keys, const std::string& name) {
  static const ExplainedKey none;
  for (const ExplainedKey& key : keys) {
    if (key.name == name) return key;
  }
  ADD_FAILURE() << "no key " << name;
  return none;
}

/// "file: name" of each piece.
std::string names(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.file + ": " + piece.name + "\n";
  return text;
}

TEST(Explain, EveryGivenKeyInTheOrderOfTheFile) {
  const auto keys = explain(kExample + kStorage);
  std::string lines;
  for (const ExplainedKey& key : keys) lines += format("{} {}\n", key.where.line, key.name);
  EXPECT_EQ(
      lines,
      "1 version\n3 cluster.name\n4 cluster.region\n5 cluster.zone\n7 nodes.head.role\n8 nodes.head.instance\n"
      "10 nodes.gpu.instance\n11 nodes.gpu.count\n12 nodes.gpu.efa\n14 storage.fsx.mount\n15 storage.fsx.size_gib\n"
      "16 storage.fsx.throughput\n17 storage.fsx.data_repository\n19 storage.corpus.kind\n");
}

TEST(Explain, SaysWhatAKeyBecomes) {
  const auto keys = explain(kExample + kStorage);
  EXPECT_EQ(names(key_called(keys, "storage.fsx.size_gib").becomes), "filesystems.json: Fsx\n");
  EXPECT_EQ(key_called(keys, "storage.fsx.size_gib").becomes[0].type, "AWS::FSx::FileSystem");
  EXPECT_EQ(names(key_called(keys, "storage.fsx.data_repository").becomes),
            "filesystems.json: RepositoryFsx\ndeployer-policy-1.json: \ndeployer-policy-2.json: \n");
  EXPECT_EQ(names(key_called(keys, "nodes.head.instance").becomes), "parallelcluster.yaml: HeadNode.InstanceType\n");
  test::expect_contains(names(key_called(keys, "cluster.zone").becomes), "network.json: PrivateSubnet1\n");
  test::expect_contains(names(key_called(keys, "cluster.region").becomes), "parallelcluster.yaml: Region\n");
  EXPECT_TRUE(key_called(keys, "nodes.head.role").needed);
  EXPECT_FALSE(key_called(keys, "version").needed);
  EXPECT_EQ(names(key_called(keys, "version").becomes), "");
}

TEST(Explain, SaysWhatAKeyLeavesOut) {
  const auto keys = explain(kExample + "efa = \"off\"\n");
  const ExplainedKey& key = key_called(keys, "nodes.gpu.efa");
  test::expect_contains(names(key.becomes) + names(key.avoids), "parallelcluster.yaml: Scheduling.SlurmQueues[0].");
}

TEST(Explain, KeysOfOtherOrchestratorsChangeNothing) {
  const auto keys = explain(kExample, {"cluster.orchestrator=batch"});
  const ExplainedKey& key = key_called(keys, "nodes.head.instance");
  EXPECT_TRUE(key.becomes.empty() && key.avoids.empty() && !key.needed);
  EXPECT_FALSE(key_called(keys, "nodes.gpu.count").becomes.empty());
}

std::string draw(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const Cluster cluster = cluster_of(text, overrides);
  return draw_mermaid(cluster, synthesize(cluster));
}

TEST(Draw, NetworkNodesAndStorage) {
  const std::string chart = draw(kExample + kStorage);
  EXPECT_EQ(chart.rfind("flowchart TB\n  subgraph cluster[\"llama: parallelcluster in us-east-2\"]\n"
                        "    subgraph vpc[\"VPC 10.0.0.0/16, nat\"]\n"
                        "      subgraph zone1[\"use2-az3\"]\n"
                        "        subgraph public1[\"public 10.0.0.0/21\"]\n"
                        "          nodes1[\"head: controller<br/>1 x m5.8xlarge<br/>on-demand\"]\n"
                        "        end\n"
                        "        subgraph private1[\"private 10.0.128.0/18\"]\n"
                        "          nodes2[\"gpu: worker<br/>2 x p5.48xlarge<br/>on-demand\"]\n"
                        "          storage1[(\"fsx: lustre<br/>1200 GiB<br/>at /fsx\")]\n"
                        "        end\n"
                        "      end\n"
                        "    end\n"
                        "    storage2[(\"corpus: bucket\")]\n"
                        "  end\n",
                        0),
            0U)
      << chart;
  test::expect_contains(chart, "\n  nodes2 --- storage1\n");
  test::expect_contains(chart, "\n  storage1 <--> storage2\n");
  test::expect_contains(chart, "1 x AWS::FSx::FileSystem");
  test::expect_contains(chart, "\n  file2 --> file3\n");
}

TEST(Draw, ClosedAndAdopted) {
  EXPECT_EQ(draw(kExample, {"network.internet=closed"}).find("public"), std::string::npos);
  const std::string adopted = draw(kExample, {"network.vpc=vpc-01234567", "network.subnet=subnet-01234567"});
  test::expect_contains(adopted,
                        "subgraph vpc[\"vpc-01234567, adopted\"]\n      subgraph private1[\"subnet-01234567\"]");
  EXPECT_EQ(adopted.find("public1"), std::string::npos);
}

TEST(Draw, EscapesLabels) {
  Cluster cluster = cluster_of(kExample);
  cluster.nodes[1].name = "a\"]<b>;#&";
  test::expect_contains(draw_mermaid(cluster, {}), "nodes2[\"a#34;]#60;b#62;#59;#35;#38;: worker");
}

}  // namespace
}  // namespace trireme::cloud
