#include "trireme/cloud/description/check.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "trireme/core/format.h"
#include "unit/cloud/example.h"

namespace trireme::cloud {
namespace {

using test::expect_contains;

const std::string kLustre = "[storage.fsx]\nmount = \"/fsx\"\nsize_gib = 1200\nthroughput = 250\n";  // from line 12
const std::string kOpenZfs =
    "[storage.home]\nkind = \"openzfs\"\nmount = \"/home\"\nsize_gib = 512\nthroughput = 320\n";
const std::string kAdopted = "[network]\nvpc = \"vpc-01234567\"\nsubnet = \"subnet-01234567\"\n";

TEST(Check, RightOnesAreRight) {
  EXPECT_EQ(findings(""), "");
  EXPECT_EQ(findings(kLustre), "");
  EXPECT_EQ(findings(kOpenZfs), "");
  EXPECT_EQ(findings(kAdopted), "");
}

TEST(Check, WhatEveryClusterNeeds) {
  EXPECT_EQ(parse_cluster("", "c.toml", {}).diagnostics.to_string(),
            "c.toml:1:1: error: cluster.name: is missing (write name = \"llama\")\n"
            "c.toml:1:1: error: cluster.region: is missing (write region = \"us-east-2\")\n"
            "c.toml:1:1: error: cluster.zone: is missing (write zone = \"use2-az3\")\n"
            "c.toml:1:1: error: nodes: no group has role = \"worker\" (add [nodes.gpu] with instance and count)\n"
            "c.toml:1:1: error: nodes: 0 groups have role = \"controller\"; parallelcluster needs one "
            "(add [nodes.head] with role = \"controller\" and an instance)\n");
}

TEST(Check, AWrongValueIsNotMissedToo) {
  EXPECT_EQ(
      findings_with("\"llama\"", "\"l\""),
      "c.toml:3:8: error: cluster.name: must be 2 to 25 letters, digits and hyphens, starting with a letter, got \"l\" "
      "(starts the name of every stack)\n");
}

TEST(Check, Zones) {
  EXPECT_EQ(findings("", {"cluster.zones=[\"use2-az1\"]"}),
            "--set cluster.zones: error: cluster.zones: stands beside cluster.zone "
            "(keep one of the two; zone = \"\" takes back a base's)\n");
  EXPECT_EQ(findings_with("zone = \"use2-az3\"", "zones = [\"use2-az1\", \"use2-az1\"]"),
            "c.toml:5:9: error: cluster.zones: names a zone twice (name each zone once)\n");
  const std::string seven =
      "zones = [\"a1-az1\", \"a1-az2\", \"a1-az3\", \"a1-az4\", \"a1-az5\", \"a1-az6\", \"a1-az7\"]";
  expect_contains(findings_with("zone = \"use2-az3\"", seven), "c.toml:5:");
  EXPECT_EQ(findings_with("zone = \"use2-az3\"", "", kAdopted), "");
}

TEST(Check, Tags) {
  std::string tags = "[cluster.tags]\n";
  for (int i = 0; i < 41; ++i) tags += format("t{} = \"\"\n", i);
  EXPECT_EQ(findings(tags),
            "c.toml:1:1: error: cluster.tags: 41 tags: a resource has at most 50, and AWS services add their own (keep "
            "at most 40)\n");
}

TEST(Check, Network) {
  EXPECT_EQ(
      findings("[network]\ncidr = \"10.0.0.0/8\"\n"),
      "c.toml:13:8: error: network.cidr: a VPC's block is a /16 to a /28, got 10.0.0.0/8 (for example 10.0.0.0/16)\n");
  EXPECT_EQ(
      findings("[network]\ncidr = \"10.0.0.0/32\"\n"),
      "c.toml:13:8: error: network.cidr: a VPC's block is a /16 to a /28, got 10.0.0.0/32 (for example 10.0.0.0/16)\n");
  EXPECT_EQ(
      findings("[network]\ncidr = \"10.0.0.0/24\"\n"),
      "c.toml:13:8: error: network.cidr: 10.0.0.0/24 is too small for 1 zone: a subnet has at least 16 addresses (/28) "
      "(take a larger block, such as 10.0.0.0/16)\n");
  EXPECT_EQ(findings("[network]\nsecondary_cidr = \"10.0.128.0/17\"\n"),
            "c.toml:13:18: error: network.secondary_cidr: 10.0.128.0/17 overlaps network.cidr = 10.0.0.0/16 "
            "(take addresses outside of it)\n");
  EXPECT_EQ(findings("[network]\ncidr = \"10.0.3.0/16\"\n"),
            "c.toml:13:8: error: network.cidr: must be a block of addresses such as 10.0.0.0/16, got \"10.0.3.0/16\" "
            "(addresses of the VPC)\n");
  EXPECT_EQ(findings("[network]\nvpc = \"vpc-01234567\"\n"),
            "c.toml:1:1: error: network.subnet: is missing "
            "(write the private subnet of the VPC: subnet = \"subnet-…\")\n");
  EXPECT_EQ(findings(kAdopted + "cidr = \"10.0.0.0/16\"\n"),
            "c.toml:15:8: error: network.cidr: is valid only with no network.vpc (remove it)\n");
}

TEST(Check, LogsAreKeptForSetPeriods) {
  EXPECT_EQ(
      findings("[network]\nflow_log_days = 31\n"),
      "c.toml:13:17: error: network.flow_log_days: CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90 … days, not 31 "
      "(write 60)\n");
  EXPECT_EQ(findings("[monitoring]\nlog_days = 99999\n"),
            "c.toml:13:12: error: monitoring.log_days: CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90 … days, "
            "not 99999 "
            "(write 3653)\n");
  EXPECT_EQ(findings("[network]\nflow_log_days = 0\n"), "");
}

TEST(Check, MailNeedsAReader) {
  EXPECT_EQ(findings("[monitoring]\nhyperpod = [\"hp\"]\n"),
            "c.toml:13:12: error: monitoring.hyperpod: there is nobody to tell (write email = \"ops@example.com\")\n");
}

TEST(Check, Controllers) {
  EXPECT_EQ(findings("[nodes.second]\nrole = \"controller\"\ninstance = \"m5.8xlarge\"\n"),
            "c.toml:1:1: error: nodes: 2 groups have role = \"controller\"; parallelcluster needs one "
            "(add [nodes.head] with role = \"controller\" and an instance)\n");
  EXPECT_EQ(findings("", {"nodes.head.count=2"}),
            "--set nodes.head.count: error: nodes.head.count: one controller, got 2 (write count = 1)\n");
  EXPECT_EQ(findings("", {"nodes.head.max_count=2"}),
            "c.toml:6:8: error: nodes.head.count: one controller, got 2 (write count = 1)\n");
}

TEST(Check, RolesThatMakeNothing) {
  EXPECT_EQ(findings("", {"cluster.orchestrator=batch"}),
            "c.toml:7:8: info: nodes.head.role: batch starts no instance of role \"controller\": [nodes.head] makes "
            "nothing\n");
  EXPECT_EQ(findings("[nodes.services]\nrole = \"system\"\ninstance = \"m5.large\"\n"),
            "c.toml:13:8: info: nodes.services.role: parallelcluster starts no instance of role \"system\": "
            "[nodes.services] makes nothing\n");
}

TEST(Check, Counts) {
  EXPECT_EQ(findings("max_count = 1\n"),
            "c.toml:12:13: error: nodes.gpu.max_count: must be at least count = 2, got 1\n");
  EXPECT_EQ(findings_with("count = 2", "count = 0"),
            "c.toml:11:9: error: nodes.gpu.count: a group of no instances (write count = 1, or max_count)\n");
  EXPECT_EQ(findings_with("count = 2", "count = 0\nmax_count = 4"), "");
  EXPECT_EQ(findings_with("instance = \"p5.48xlarge\"\n", ""),
            "c.toml:9:8: error: nodes.gpu.instance: is missing (write instance = \"p5.48xlarge\")\n");
}

std::string capacity(const std::string& inner) { return findings("capacity = { " + inner + " }\n"); }

TEST(Check, Capacity) {
  EXPECT_EQ(capacity("kind = \"spot\""), "");
  EXPECT_EQ(capacity("kind = \"block\", id = \"cr-0123456789abcdef0\""), "");
  EXPECT_EQ(capacity("kind = \"block\""),
            "c.toml:12:21: error: nodes.gpu.capacity.kind: \"block\" needs an id such as cr-0123456789abcdef0 (add id "
            "= \"cr-…\")\n");
  EXPECT_EQ(capacity("kind = \"reservation-group\""),
            "c.toml:12:21: error: nodes.gpu.capacity.kind: \"reservation-group\" needs an ARN (add id = \"arn:…\")\n");
  const std::string arn = "arn:aws:resource-groups:us-east-2:123456789012:group/p5";
  EXPECT_EQ(capacity("kind = \"block\", id = \"" + arn + "\""),
            "c.toml:12:35: error: nodes.gpu.capacity.id: \"block\" takes an id such as cr-0123456789abcdef0, got \"" +
                arn + "\"\n");
  EXPECT_EQ(
      capacity("kind = \"training-plan\", id = \"" + arn + "\""),
      "c.toml:12:21: error: nodes.gpu.capacity.kind: training plans are for HyperPod (use a reservation or a block)\n");
  EXPECT_EQ(capacity("id = \"cr-01234567\""),
            "c.toml:12:19: error: nodes.gpu.capacity.id: is valid only with reserved capacity (remove it)\n");
  EXPECT_EQ(findings("max_count = 4\ncapacity = { kind = \"block\", id = \"cr-01234567\" }\n"),
            "c.toml:12:13: error: nodes.gpu.max_count: a capacity block is paid for while it lasts: run all of it "
            "(remove max_count)\n");
  EXPECT_EQ(findings("[nodes.head.capacity]\nkind = \"spot\"\n"),
            "c.toml:13:8: error: nodes.head.capacity.kind: \"spot\" is for workers, not for role \"controller\" "
            "(write kind = \"on-demand\")\n");
}

TEST(Check, FileSystemsThatAreCreated) {
  EXPECT_EQ(findings("[storage.fsx]\n"),
            "c.toml:12:10: error: storage.fsx.mount: is missing (write mount = \"/fsx\")\n"
            "c.toml:12:10: error: storage.fsx.size_gib: is missing (write size_gib = 1200)\n"
            "c.toml:12:10: error: storage.fsx.throughput: is missing (write throughput = 250)\n");
  EXPECT_EQ(
      findings(kLustre + "deployment = \"single-az-1\"\n"),
      "c.toml:16:14: error: storage.fsx.deployment: \"single-az-1\" is no deployment of lustre (write persistent-2)\n");
  EXPECT_EQ(findings(kOpenZfs + "deployment = \"scratch-2\"\n"),
            "c.toml:17:14: error: storage.home.deployment: \"scratch-2\" is no deployment of openzfs (write "
            "single-az-ha-2)\n");
  EXPECT_EQ(findings(kOpenZfs + "deployment = \"multi-az-1\"\n"),
            "c.toml:17:14: error: storage.home.deployment: multi-az-1 needs subnets in two zones "
            "(write cluster.zones with two zones)\n");
  EXPECT_EQ(findings(kAdopted + kOpenZfs),
            "c.toml:15:10: error: storage.home.clients: is missing: the addresses of an adopted VPC are not known "
            "(write clients = \"10.0.0.0/16\")\n");
}

TEST(Check, Lustre) {
  EXPECT_EQ(findings(kLustre + "deployment = \"persistent-1\"\nefa = true\n"),
            "c.toml:17:7: error: storage.fsx.efa: persistent-1 does not have it (remove it)\n");
  EXPECT_EQ(findings(kLustre + "deployment = \"scratch-2\"\n"),
            "c.toml:15:14: error: storage.fsx.throughput: scratch-2 has a throughput of its own (remove it)\n");
  EXPECT_EQ(findings("[storage.fsx]\nmount = \"/fsx\"\nsize_gib = 1200\ndeployment = \"scratch-2\"\nbackup_days = 3\n"),
            "c.toml:16:15: error: storage.fsx.backup_days: scratch-2 takes no backups (remove it)\n");
  EXPECT_EQ(findings(kLustre + "metadata = \"user\"\n"),
            "c.toml:16:12: error: storage.fsx.metadata: \"user\" needs a rate (add metadata_iops = 12000)\n");
  EXPECT_EQ(findings(kLustre + "deployment = \"persistent-1\"\nmetadata = \"automatic\"\n"),
            "c.toml:17:12: error: storage.fsx.metadata: persistent-1 does not have it (remove it)\n");
  EXPECT_EQ(
      findings(kLustre + "version = \"2.12\"\n"),
      "c.toml:16:11: error: storage.fsx.version: persistent-2 with a metadata rate needs 2.15 (remove version)\n");
}

TEST(Check, DataRepositories) {
  EXPECT_EQ(findings(kLustre + "data_repository = \"storage.corpus\"\n[storage.corpus]\nkind = \"bucket\"\n"), "");
  EXPECT_EQ(findings(kLustre + "data_repository = \"storage.corpus\"\n"),
            "c.toml:16:19: error: storage.fsx.data_repository: there is no [storage.corpus] with kind = \"bucket\" "
            "(add it)\n");
  EXPECT_EQ(
      findings(kLustre + "data_repository = \"storage.fsx\"\n"),
      "c.toml:16:19: error: storage.fsx.data_repository: there is no [storage.fsx] with kind = \"bucket\" (add it)\n");
  EXPECT_EQ(
      findings(kLustre + "data_repository = \"storage.corpus\"\n[storage.corpus]\nkind = \"bucket\"\nid = \"acme\"\n"),
      "c.toml:16:19: error: storage.fsx.data_repository: storage.corpus is adopted, so its name is known "
      "(write \"s3://acme\")\n");
  EXPECT_EQ(
      findings(kLustre + "data_repository = \"s3://acme\"\nbackup_days = 3\n"),
      "c.toml:17:15: error: storage.fsx.backup_days: FSx takes no backups of a file system that is linked to a bucket "
      "(remove it; the bucket is the copy)\n");
}

TEST(Check, AdoptedStorage) {
  EXPECT_EQ(findings("[storage.fsx]\nmount = \"/fsx\"\nid = \"fs-0123456789abcdef0\"\n"), "");
  EXPECT_EQ(findings("[storage.fsx]\nmount = \"/fsx\"\nid = \"fsvol-01234567\"\n"),
            "c.toml:14:6: error: storage.fsx.id: a Lustre file system is called fs-…, got \"fsvol-01234567\" "
            "(aws fsx describe-file-systems lists them)\n");
  EXPECT_EQ(findings("[storage.home]\nkind = \"openzfs\"\nmount = \"/home\"\nid = \"fs-01234567\"\n"),
            "c.toml:15:6: error: storage.home.id: OpenZFS is mounted by volume, fsvol-…, got \"fs-01234567\" "
            "(aws fsx describe-volumes lists them)\n");
  EXPECT_EQ(findings("[storage.corpus]\nkind = \"bucket\"\nid = \"fs-01234567\"\n"),
            "c.toml:14:6: error: storage.corpus.id: a bucket's name is expected, got \"fs-01234567\" (aws s3 ls lists "
            "them)\n");
  EXPECT_EQ(
      findings("[storage.fsx]\nmount = \"/fsx\"\nid = \"fs-01234567\"\nsize_gib = 1200\n"),
      "c.toml:15:12: error: storage.fsx.size_gib: is valid only with a file system that is created (remove it)\n");
  EXPECT_EQ(
      findings("[storage.bootstrap]\nkind = \"bucket\"\n"),
      "c.toml:12:10: error: storage.bootstrap: is the bucket that holds large templates (give yours another name)\n");
}

TEST(Check, Mounts) {
  EXPECT_EQ(findings(kLustre + "[storage.more]\nmount = \"/fsx\"\nsize_gib = 1200\nthroughput = 250\n"),
            "c.toml:17:9: error: storage.more.mount: /fsx is mounted twice (give each its own path)\n");
  EXPECT_EQ(findings("", {"nodes.gpu.scratch=/usr"}),
            "--set nodes.gpu.scratch: error: nodes.gpu.scratch: /usr holds the system (scratch = \"/scratch\")\n");
  EXPECT_EQ(findings(kLustre, {"nodes.gpu.scratch=/fsx"}),
            "--set nodes.gpu.scratch: error: nodes.gpu.scratch: /fsx is a shared file system's mount (scratch = "
            "\"/local\")\n");
  EXPECT_EQ(findings(kLustre, {"storage.fsx.mount=/etc"}),
            "--set storage.fsx.mount: error: storage.fsx.mount: /etc holds the system (mount = \"/fsx\")\n");
}

TEST(Check, Accounting) {
  const std::string aurora = "[accounting]\nkind = \"aurora\"\n";
  EXPECT_EQ(findings(aurora),
            "c.toml:13:8: error: accounting.kind: Aurora needs subnets in two zones "
            "(write cluster.zones with two zones, workers in the first)\n");
  EXPECT_EQ(findings_with("zone = \"use2-az3\"", "zones = [\"use2-az1\", \"use2-az2\"]", aurora), "");
  EXPECT_EQ(findings_with("zone = \"use2-az3\"", "zones = [\"use2-az1\", \"use2-az2\"]", aurora + "min_capacity = 8\n"),
            "c.toml:14:16: error: accounting.min_capacity: must be at most max_capacity = 4, got 8\n");
  EXPECT_EQ(findings(kAdopted + "database_subnets = [\"subnet-01234567\", \"subnet-01234567\"]\n" + aurora),
            "c.toml:15:20: error: network.database_subnets: Aurora needs subnets in two zones (name two subnets of the "
            "VPC)\n");
  EXPECT_EQ(findings("[accounting]\nkind = \"adopted\"\n"),
            "c.toml:1:1: error: accounting.host: is missing (write host = \"HOST:3306\")\n"
            "c.toml:1:1: error: accounting.secret: is missing (write secret = \"arn:aws:secretsmanager:…\")\n");
  EXPECT_EQ(findings("[accounting]\nkind = \"aurora\"\n", {"cluster.orchestrator=batch",
                                                           "cluster.zones=[\"use2-az1\", "
                                                           "\"use2-az2\"]",
                                                           "cluster.zone=\"\"", "nodes.head.role=worker"}),
            "c.toml:13:8: error: accounting.kind: batch has no Slurm to account for (write kind = \"none\")\n");
}

}  // namespace
}  // namespace trireme::cloud
