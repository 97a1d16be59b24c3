#include <gtest/gtest.h>

#include <random>

#include "support/mutate.h"
#include "support/test_scale.h"
#include "trireme/cloud/synthesis.h"
#include "trireme/core/error.h"
#include "unit/cloud/example.h"

namespace trireme::cloud {
namespace {

const std::string kSeed = kExample + R"(capacity = { kind = "reservation", id = "cr-0123456789abcdef0" }
setup = ["s3://acme/setup.sh a b"]
[cluster.tags]
team = "research"
[network]
secondary_cidr = "10.1.0.0/16"
[storage.fsx]
mount = "/fsx"
size_gib = 4800
throughput = 250
data_repository = "storage.corpus"
[storage.home]
kind = "openzfs"
mount = "/home"
size_gib = 512
throughput = 320
[storage.corpus]
kind = "bucket"
[accounting]
kind = "adopted"
host = "db.example.com:3306"
secret = "arn:aws:secretsmanager:us-east-2:123456789012:secret:db-AbCdEf"
[monitoring]
email = "ops@example.com"
log_days = 30
)";

/// What is right is synthesised, or refused by a message that names what the catalogue does not know: never a bug.
bool synthesizes(const Cluster& cluster) {
  try {
    return !synthesize(cluster).empty();
  } catch (const ConfigError& refusal) {
    EXPECT_NE(std::string(refusal.what()), "");
    return false;
  }
}

TEST(Fuzz, MutatedDescriptionsAreRefusedOrSynthesised) {
  std::mt19937 random(13);
  int synthesised = 0;
  for (int round = 0; round < 1000 * test::test_scale(); ++round) {
    const std::string text = test::mutate(kSeed, random);
    SCOPED_TRACE(text);
    const LoadedCluster loaded = parse_cluster(text, "c.toml", {});
    if (!loaded.diagnostics.has_errors()) synthesised += synthesizes(loaded.cluster) ? 1 : 0;
  }
  EXPECT_GT(synthesised, 10);
}

/// Keys with values that other keys take: types and ranges hold, rules between options do not.
TEST(Fuzz, RandomOptionsAreRefusedOrSynthesised) {
  std::mt19937 random(17);
  const std::vector<std::string> overrides = {"cluster.orchestrator=batch",
                                              "cluster.zone=\"\"",
                                              "cluster.zones=[\"use2-az1\", \"use2-az2\"]",
                                              "cluster.zones=[\"use2-az1\"]",
                                              "cluster.region=cn-north-1",
                                              "cluster.region=us-nowhere-1",
                                              "network.cidr=10.0.0.0/32",
                                              "network.cidr=10.0.0.0/16",
                                              "network.cidr=10.0.0.0/24",
                                              "network.secondary_cidr=\"\"",
                                              "network.secondary_cidr=10.0.0.0/28",
                                              "network.internet=closed",
                                              "network.internet=nat-per-zone",
                                              "network.vpc=vpc-01234567",
                                              "network.subnet=subnet-01234567",
                                              "network.security_group=sg-01234567",
                                              "network.database_subnets=[\"subnet-01234567\", \"subnet-01234568\"]",
                                              "network.flow_log_days=0",
                                              "storage.fsx.kind=openzfs",
                                              "storage.fsx.kind=bucket",
                                              "storage.fsx.id=fs-01234567",
                                              "storage.fsx.mount=/home",
                                              "storage.fsx.data_repository=\"\"",
                                              "storage.fsx.data_repository=s3://x-y",
                                              "storage.fsx.deployment=scratch-2",
                                              "storage.fsx.throughput=0",
                                              "storage.fsx.size_gib=0",
                                              "storage.fsx.efa=true",
                                              "storage.fsx.metadata=user",
                                              "storage.fsx.metadata_iops=3000",
                                              "storage.home.deployment=multi-az-1",
                                              "storage.home.kind=lustre",
                                              "storage.home.clients=10.0.0.0/8",
                                              "storage.home.id=fsvol-01234567",
                                              "storage.corpus.id=acme",
                                              "nodes.gpu.count=0",
                                              "nodes.gpu.max_count=9",
                                              "nodes.gpu.instance=g5.xlarge",
                                              "nodes.gpu.instance=trn1.32xlarge",
                                              "nodes.gpu.instance=m5.large",
                                              "nodes.gpu.instance=p4d.24xlarge",
                                              "nodes.gpu.capacity.kind=block",
                                              "nodes.gpu.capacity.kind=spot",
                                              "nodes.gpu.efa=on",
                                              "nodes.gpu.efa=off",
                                              "nodes.gpu.placement_group=on",
                                              "nodes.gpu.hyperthreads=true",
                                              "nodes.gpu.role=login",
                                              "nodes.head.role=worker",
                                              "nodes.head.role=login",
                                              "accounting.kind=aurora",
                                              "accounting.kind=none",
                                              "accounting.host=\"\"",
                                              "accounting.secret=\"\"",
                                              "monitoring.email=\"\"",
                                              "monitoring.hyperpod=[\"hp\"]",
                                              "access.key_pair=me",
                                              "access.ssh_from=10.0.0.0/8",
                                              "batch.nodes=4",
                                              "image.id=ami-01234567"};
  int synthesised = 0;
  for (int round = 0; round < 2000 * test::test_scale(); ++round) {
    std::vector<std::string> chosen;
    std::string trace;
    for (size_t count = 1 + random() % 4; count > 0; --count) {
      chosen.push_back(overrides[random() % overrides.size()]);
      trace += "--set '" + chosen.back() + "' ";
    }
    SCOPED_TRACE(trace);
    const LoadedCluster loaded = parse_cluster(kSeed, "c.toml", chosen);
    if (!loaded.diagnostics.has_errors()) synthesised += synthesizes(loaded.cluster) ? 1 : 0;
  }
  EXPECT_GT(synthesised, 200);
}

}  // namespace
}  // namespace trireme::cloud
