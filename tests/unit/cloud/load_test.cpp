#include "trireme/cloud/description/load.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "trireme/core/format.h"
#include "unit/cloud/example.h"

namespace trireme::cloud {
namespace {

TEST(Load, DefaultsOfANodeGroup) {
  const Cluster cluster = cluster_of(kExample);
  ASSERT_EQ(cluster.nodes.size(), 2U);
  const NodeGroup& gpu = cluster.nodes[1];
  EXPECT_EQ(gpu.name, "gpu");
  EXPECT_EQ(gpu.role, "worker");
  EXPECT_EQ(gpu.most(), 2);
  EXPECT_EQ(gpu.capacity.kind, "on-demand");
  EXPECT_EQ(cluster.all_zones(), std::vector<std::string>{"use2-az3"});
}

TEST(Load, PartsComeInTheOrderOfTheFile) {
  const Cluster cluster =
      cluster_of(kExample + "[nodes.b]\ninstance = \"g5.8xlarge\"\n[nodes.a]\ninstance = \"g5.8xlarge\"\n");
  EXPECT_EQ(cluster.nodes[2].name, "b");
  EXPECT_EQ(cluster.nodes[3].name, "a");
}

TEST(Load, OverridesReachPartsOfTheFileAlone) {
  EXPECT_EQ(cluster_of(kExample, {"nodes.gpu.count=4"}).nodes[1].count, 4);
  EXPECT_EQ(findings("", {"nodes.gpuu.count=4"}),
            "--set nodes.gpuu.count: error: nodes.gpuu: no file has this part (did you mean nodes.gpu?)\n");
  EXPECT_EQ(
      findings("", {"storage.fsx.mount=/fsx"}),
      "--set storage.fsx.mount: error: storage.fsx: no file has this part (write [storage.fsx] in a file first)\n");
  EXPECT_EQ(cluster_of(kExample, {"cluster.tags.team=research"}).tags.at("team"), "research");
}

TEST(Load, EmptyTakesBack) {
  EXPECT_EQ(findings("", {"cluster.zone=\"\"", "cluster.zones=[\"use2-az1\", \"use2-az2\"]"}), "");
  const std::string adopted = "[network]\nvpc = \"vpc-01234567\"\nsubnet = \"subnet-01234567\"\n";
  EXPECT_EQ(findings(adopted), "");
  EXPECT_EQ(findings(adopted, {"network.vpc=\"\"", "network.subnet=\"\""}), "");
  EXPECT_EQ(findings(adopted, {"network.vpc=\"\""}),
            "c.toml:14:10: error: network.subnet: is valid only with network.vpc (remove it)\n");
}

TEST(Load, WhatIsNoTable) {
  EXPECT_EQ(findings("[nodes]\nx = 3\n").rfind("c.toml:", 0), 0U);  // TOML: defined before
  EXPECT_EQ(parse_cluster("storage = 3\n" + kExample, "c.toml", {}).diagnostics.to_string(),
            "c.toml:1:11: error: storage: expected a table, got integer 3 (write [storage.NAME])\n");
  EXPECT_EQ(findings("[storage]\nfsx = 3\n"),
            "c.toml:13:7: error: storage.fsx: expected a table, got integer 3 (write [storage.fsx])\n");
  EXPECT_EQ(findings("", {"nodes.gpu=3"}),
            "--set nodes.gpu: error: nodes.gpu: expected a table, got integer 3 (write [nodes.gpu])\n");
}

TEST(Load, EmptyTables) { EXPECT_EQ(findings("[storage]\n[cluster.tags]\n"), ""); }

TEST(Load, NamesOfParts) {
  for (const char* name : {"Gpu", "1gpu", "gpu_1", "\"\"", "\"g u\"", "gpu-", "a234567890123456789012345x"}) {
    test::expect_contains(findings(format("[nodes.{}]\ninstance = \"g5.xlarge\"\n", name)),
                          "is no name for a part (use");
  }
  EXPECT_EQ(findings("[nodes.g-pu]\ninstance = \"g5.xlarge\"\n"),
            "c.toml:12:8: error: nodes.g-pu: differs from nodes.gpu by hyphens alone (give it another name)\n");
}

TEST(Load, NamesOfTags) {
  EXPECT_EQ(findings("[cluster.tags]\n\"cost center\" = \"a b\"\n\"k:v/w@x\" = \"\"\n"), "");
  EXPECT_EQ(findings("[cluster.tags]\n\"aws:x\" = \"1\"\n"),
            "c.toml:13:1: error: cluster.tags.aws:x: is no name for a tag (use at most 128 letters, digits, spaces and "
            "+ - = _ : / @, "
            "not starting with aws:)\n");
  test::expect_contains(findings("[cluster.tags]\n\"a.b\" = \"1\"\n"), "cluster.tags.a.b: is no name for a tag");
}

TEST(Load, CapacityReplacesTheOneBeneath) {
  const std::string reserved = kExample + "capacity = { kind = \"reservation\", id = \"cr-0123456789abcdef0\" }\n";
  EXPECT_EQ(cluster_of(reserved, {"nodes.gpu.capacity.kind=spot"}).nodes[1].capacity.id, "");
  EXPECT_EQ(cluster_of(reserved, {"nodes.gpu.capacity.id=cr-01234567"}).nodes[1].capacity.kind, "reservation");
  const std::vector<std::string> block = {"nodes.gpu.capacity.id=cr-01234567", "nodes.gpu.capacity.kind=block"};
  for (const auto& order : {block, std::vector<std::string>(block.rbegin(), block.rend())}) {
    const Capacity capacity = cluster_of(reserved, order).nodes[1].capacity;
    EXPECT_EQ(capacity.kind, "block");
    EXPECT_EQ(capacity.id, "cr-01234567");
  }
}

class Bases : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    make_folders((folder_.path() / name).parent_path());
    write_file_atomic(folder_.path() / name, text);
  }
  LoadedCluster load(const std::string& name) { return load_cluster(folder_.path() / name, {}); }
  /// Findings with the folder's name cut out.
  std::string problems(const std::string& name) {
    std::string text = load(name).diagnostics.to_string();
    const std::string prefix = folder_.path().string() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }
  test::TemporaryFolder folder_;
};

TEST_F(Bases, LieBeneath) {
  write("base/low.toml", kExample);
  write("base/mid.toml", "base = \"low.toml\"\n[nodes.gpu]\ncount = 3\n[nodes.more]\ninstance = \"g5.xlarge\"\n");
  write("top.toml", "base = \"base/mid.toml\"\n[cluster]\nname = \"top\"\n[nodes.gpu]\ncapacity.kind = \"spot\"\n");
  const LoadedCluster loaded = load("top.toml");
  EXPECT_EQ(loaded.diagnostics.to_string(), "");
  EXPECT_EQ(loaded.cluster.name, "top");
  ASSERT_EQ(loaded.cluster.nodes.size(), 3U);
  EXPECT_EQ(loaded.cluster.nodes[1].count, 3);
  EXPECT_EQ(loaded.cluster.nodes[1].instance, "p5.48xlarge");
  EXPECT_EQ(loaded.cluster.nodes[1].capacity.kind, "spot");
  EXPECT_EQ(fs::path(config::origin_of(loaded.origins, "nodes.gpu.count").file).filename(), "mid.toml");
}

TEST_F(Bases, Absent) {
  write("top.toml", "version = 1\nbase = \"gone.toml\"\n");
  EXPECT_EQ(problems("top.toml"),
            "top.toml:2:8: error: base: there is no file gone.toml (a base is found beside the file that names it)\n");
  write("deep/mid.toml", "base = \"../gone.toml\"\n");
  write("top.toml", "base = \"deep/mid.toml\"\n");
  EXPECT_EQ(
      problems("top.toml"),
      "deep/mid.toml:1:8: error: base: there is no file gone.toml (a base is found beside the file that names it)\n");
  write("top.toml", "base = \"deep\"\n");
  test::expect_contains(problems("top.toml"), "there is no file deep");
}

TEST_F(Bases, Loop) {
  write("a.toml", "base = \"b.toml\"\n");
  write("b.toml", "version = 1\nbase = \"./a.toml\"\n");
  EXPECT_EQ(problems("a.toml"), "b.toml:2:8: error: base: is a loop: a.toml, b.toml, a.toml (remove one of them)\n");
  write("self.toml", "base = \"self.toml\"\n");
  EXPECT_EQ(problems("self.toml"),
            "self.toml:1:8: error: base: is a loop: self.toml, self.toml (remove one of them)\n");
}

TEST_F(Bases, TooMany) {
  for (int i = 0; i < 10; ++i) write(format("{}.toml", i), format("base = \"{}.toml\"\n", i + 1));
  write("10.toml", kExample);
  test::expect_contains(problems("0.toml"),
                        "8.toml:1:8: error: base: more than 8 files beneath one another: 0.toml, 1.toml");
  EXPECT_EQ(problems("2.toml"), "");
}

TEST_F(Bases, WhatIsNoFileName) {
  write("a.toml", "base = 3\n");
  EXPECT_EQ(problems("a.toml"),
            "a.toml:1:8: error: base: expected a file name, got integer 3 (write base = \"llama.toml\")\n");
  write("a.toml", "base = \"\"\n");
  test::expect_contains(problems("a.toml"), "cluster.name: is missing");
  EXPECT_EQ(findings("", {"base=x.toml"}),
            "--set base: error: base: belongs in a file (write a file with this base)\n");
}

TEST_F(Bases, BrokenOneIsNamed) {
  write("low.toml", "[cluster\n");
  write("a.toml", "base = \"low.toml\"\n");
  test::expect_contains(problems("a.toml"), "low.toml:1:");
}

TEST(Load, TooLongFile) {
  const std::string long_text = kExample + "#" + std::string(1 << 20, 'x');
  test::expect_contains(parse_cluster(long_text, "c.toml", {}).diagnostics.to_string(),
                        "c.toml:1:1: error: 1.00 MiB are too much for a description: at most 1.00 MiB");
}

TEST(Load, TellsClustersFromRecipes) {
  test::TemporaryFolder folder;
  const auto is_cluster = [&](const std::string& text) {
    write_file_atomic(folder.path() / "x.toml", text);
    return is_cluster_file(folder.path() / "x.toml");
  };
  EXPECT_TRUE(is_cluster(kExample));
  EXPECT_TRUE(is_cluster("base = \"llama.toml\"\n"));
  EXPECT_FALSE(is_cluster("version = 1\n[train]\nsteps = 1\n"));
  EXPECT_FALSE(is_cluster("[cluster"));
  EXPECT_FALSE(is_cluster_file(folder.path()));
  EXPECT_FALSE(is_cluster_file(folder.path() / "gone.toml"));
}

}  // namespace
}  // namespace trireme::cloud
