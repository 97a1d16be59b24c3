#include "trireme/cloud/description/describe.h"

#include "trireme/cloud/address/cidr.h"
#include "trireme/cloud/description/forms.h"
#include "trireme/config/schema.h"

namespace trireme::cloud {

namespace {

using config::OptionSet;

bool is_cidr(const std::string& text) { return static_cast<bool>(Cidr::parse(text)); }

auto resource_id(const char* prefix) {
  return [prefix](const std::string& text) { return text.empty() || is_resource_id(text, prefix); };
}

template <class Form>
auto or_empty(Form form) {
  return [form](const std::string& text) { return text.empty() || form(text); };
}

void describe_cluster(OptionSet& options, Cluster& cluster) {
  options.section("cluster", "What it is called, what runs it, and where.");
  options.add("name", &cluster.name, "starts the name of every stack")
      .form("2 to 25 letters, digits and hyphens, starting with a letter", or_empty(is_cluster_name));
  options.add("orchestrator", &cluster.orchestrator, "what places jobs on nodes")
      .choices({"parallelcluster", "batch", "hyperpod-slurm", "hyperpod-eks", "eks"});
  options.add("region", &cluster.region, "AWS region").form("a region such as us-east-2", or_empty(is_region_name));
  options.add("zone", &cluster.zone, "availability zone of the workers")
      .form("a zone id such as use2-az3", or_empty(is_zone_id));
  options.add("zones", &cluster.zones, "instead of zone: 1 to 6 zones, workers in the first one")
      .form("zone ids such as use2-az3", is_zone_id);
  options.section("cluster.tags", "Tags of everything that is created, as NAME = \"value\".");
  for (auto& [name, value] : cluster.tags) {
    options.add(name, &value, "a tag of everything that is created")
        .form("at most 256 letters, digits, spaces and + - = . _ : / @",
              [](const std::string& text) { return is_tag_text(text, 256); });
  }
}

void describe_network(OptionSet& options, Network& network) {
  options.section("network", "A VPC of its own, or one that exists.");
  const auto created = [&network] { return !network.adopted(); };
  const auto adopted = [&network] { return network.adopted(); };
  const auto created_only = [&](const char* key, config::Target target, const char* help) -> config::Option& {
    return options.add(key, target, help).only_when("no network.vpc", created);
  };
  const auto adopted_only = [&](const char* key, config::Target target, const char* help) -> config::Option& {
    return options.add(key, target, help).only_when("network.vpc", adopted);
  };
  const char* block = "a block of addresses such as 10.0.0.0/16";
  created_only("cidr", &network.cidr, "addresses of the VPC").form(block, is_cidr);
  created_only("secondary_cidr", &network.secondary_cidr,
               "more addresses, for the private subnets; empty: half of cidr")
      .form(block, or_empty(is_cidr));
  created_only("internet", &network.internet, "way out of the private subnets; closed: none, only VPC endpoints")
      .choices({"nat", "nat-per-zone", "closed"});
  created_only("flow_log_days", &network.flow_log_days, "days that flow logs are kept; 0: no flow logs")
      .at_least(0)
      .unit("days");
  options.add("vpc", &network.vpc, "a VPC that exists, to adopt instead of creating one")
      .form("a VPC id such as vpc-0123456789abcdef0", resource_id("vpc-"));
  const char* subnet = "a subnet id such as subnet-0123456789abcdef0";
  adopted_only("subnet", &network.subnet, "its private subnet for workers and storage")
      .form(subnet, resource_id("subnet-"));
  adopted_only("public_subnet", &network.public_subnet,
               "its subnet for head and login nodes, which gives them public addresses; empty: the private one")
      .form(subnet, resource_id("subnet-"));
  adopted_only("database_subnets", &network.database_subnets, "its subnets for the accounting database, in two zones")
      .form("subnet ids such as subnet-0123456789abcdef0",
            [](const std::string& text) { return is_resource_id(text, "subnet-"); });
  adopted_only("security_group", &network.security_group, "its group with EFA's self rules; empty: one is created")
      .form("a security group id such as sg-0123456789abcdef0", resource_id("sg-"));
}

void describe_storage(OptionSet& options, Storage& storage) {
  options.section("storage." + storage.name, "A shared file system or a bucket.");
  const auto is = [&storage](const char* kind) { return [&storage, kind] { return storage.kind == kind; }; };
  const auto mounted = [&storage] { return storage.kind != "bucket"; };
  const auto created_lustre = [&storage] { return storage.kind == "lustre" && storage.id.empty(); };
  const auto created = [&storage] { return storage.kind != "bucket" && storage.id.empty(); };
  const auto adopts = [](const std::string& text) {
    return text.empty() || is_resource_id(text, "fs-") || is_resource_id(text, "fsvol-") || is_bucket_name(text);
  };
  options.add("kind", &storage.kind, "lustre: Amazon FSx for Lustre; openzfs: FSx for OpenZFS; bucket: Amazon S3")
      .choices({"lustre", "openzfs", "bucket"});
  options.add("id", &storage.id, "one that exists, to adopt instead of creating one")
      .form("fs-…, fsvol-… or a bucket's name", adopts);
  options.add("mount", &storage.mount, "where nodes see it")
      .form("an absolute path such as /fsx", or_empty(is_mount_point))
      .only_when("kind = \"lustre\" or \"openzfs\"", mounted);
  options.add("mount_name", &storage.mount_name, "what clients of an adopted Lustre file system mount")
      .form("up to 8 small letters and digits such as fsx", or_empty(is_mount_name))
      .only_when("kind = \"lustre\", adopted", [&storage] { return storage.kind == "lustre" && !storage.id.empty(); });
  options.add("size_gib", &storage.size_gib, "capacity of the file system")
      .at_least(0)
      .unit("GiB")
      .only_when("a file system that is created", created);
  options.add("throughput", &storage.throughput, "lustre: MB/s per TiB; openzfs: MB/s of all of it")
      .at_least(0)
      .only_when("a file system that is created", created);
  options
      .add("deployment", &storage.deployment,
           "how durable it is; empty: persistent-2 (Lustre) or single-az-ha-2 (OpenZFS)")
      .choices({"", "scratch-2", "persistent-1", "persistent-2", "single-az-1", "single-az-2", "single-az-ha-1",
                "single-az-ha-2", "multi-az-1"})
      .only_when("a file system that is created", created);
  options.add("version", &storage.version, "version of Lustre")
      .choices({"2.12", "2.15"})
      .only_when("kind = \"lustre\"", is("lustre"));
  options.add("compression", &storage.compression, "how data is compressed; empty: lz4 (Lustre) or zstd (OpenZFS)")
      .choices({"", "none", "lz4", "zstd"})
      .only_when("a file system that is created", created);
  options
      .add("metadata", &storage.metadata,
           "rate of file operations: automatic (by size) or user (by metadata_iops); auto: automatic")
      .choices({"auto", "automatic", "user"})
      .only_when("kind = \"lustre\", created", created_lustre);
  options.add("metadata_iops", &storage.metadata_iops, "file operations a second")
      .at_least(0)
      .only_when("metadata = \"user\"", [&storage] { return storage.metadata == "user"; });
  options.add("efa", &storage.efa, "EFA and GPUDirect Storage to the file system")
      .only_when("kind = \"lustre\", created", created_lustre);
  options.add("backup_days", &storage.backup_days, "days that daily backups are kept; 0: none")
      .between(0, 90)
      .unit("days")
      .only_when("a file system that is created", created);
  options
      .add("data_repository", &storage.data_repository, "bucket whose objects appear as files; new files go back to it")
      .form("a bucket such as s3://corpus/prefix, or storage.NAME of one that is created",
            [](const std::string& text) {
              return text.empty() || is_s3_uri(text) ||
                     (text.rfind("storage.", 0) == 0 && is_part_name(text.substr(8)));
            })
      .only_when("kind = \"lustre\", created", created_lustre);
  options.add("clients", &storage.clients, "addresses that may mount it; empty: those of the VPC")
      .form("a block of addresses such as 10.0.0.0/16", or_empty(is_cidr))
      .only_when("kind = \"openzfs\"", is("openzfs"));
}

void describe_nodes(OptionSet& options, NodeGroup& group) {
  options.section("nodes." + group.name, "Instances that are alike.");
  options.add("role", &group.role, "what they do: run jobs, schedule them, let people in, or carry services (EKS)")
      .choices({"controller", "login", "worker", "system"});
  options.add("instance", &group.instance, "EC2 instance type")
      .form("an instance type such as p5.48xlarge", or_empty(is_instance_type));
  options.add("count", &group.count, "instances that always run").between(0, 10000);
  options.add("max_count", &group.max_count, "instances started on demand, up to here; 0: count").between(0, 10000);
  options.add("efa", &group.efa, "Elastic Fabric Adapter; auto: on where the type has it")
      .choices({"auto", "on", "off"});
  options.add("placement_group", &group.placement_group, "auto: on, except with capacity that AWS placed already")
      .choices({"auto", "on", "off"});
  options.add("image", &group.image, "their own image; empty: that of [image]")
      .form("an image id such as ami-0123456789abcdef0", resource_id("ami-"));
  options.add("root_gib", &group.root_gib, "size of the root volume").between(35, 16384).unit("GiB");
  options.add("scratch", &group.scratch, "where local disks are mounted")
      .form("an absolute path such as /scratch", is_mount_point);
  options.add("hyperthreads", &group.hyperthreads, "run two hardware threads a core");
  options.add("setup", &group.setup, "scripts that run once on each new node, in this order")
      .form("\"s3://… ARGUMENT…\" or \"https://… ARGUMENT…\"", is_setup_script);
  options.section("nodes." + group.name + ".capacity",
                  "Where the instances come from. One with a kind replaces that of `base` as a whole.");
  options.add("kind", &group.capacity.kind, "how AWS lends them")
      .choices({"on-demand", "spot", "reservation", "reservation-group", "block", "training-plan"});
  options.add("id", &group.capacity.id, "id of the reservation or block, ARN of the resource group or training plan")
      .form("a reservation such as cr-0123456789abcdef0, or an ARN",
            [](const std::string& text) { return text.empty() || is_resource_id(text, "cr-") || is_arn(text); })
      .only_when("reserved capacity",
                 [&group] { return group.capacity.kind != "on-demand" && group.capacity.kind != "spot"; });
}

void describe_accounting(OptionSet& options, Accounting& accounting) {
  options.section("accounting", "The database of Slurm's accounting.");
  const auto created = [&accounting] { return accounting.kind == "aurora"; };
  const auto adopted = [&accounting] { return accounting.kind == "adopted"; };
  options.add("kind", &accounting.kind, "aurora: Aurora MySQL Serverless v2 is created; adopted: one that exists")
      .choices({"none", "aurora", "adopted"});
  options.add("engine_version", &accounting.engine_version, "version of Aurora MySQL")
      .form("a version such as 8.0.mysql_aurora.3.08.2",
            [](const std::string& text) { return text.rfind("8.0.mysql_aurora.3.", 0) == 0 && is_tag_text(text, 40); })
      .only_when("kind = \"aurora\"", created);
  options.add("min_capacity", &accounting.min_capacity, "Aurora capacity units when idle")
      .between(0, 256)
      .only_when("kind = \"aurora\"", created);
  options.add("max_capacity", &accounting.max_capacity, "Aurora capacity units under load")
      .between(1, 256)
      .only_when("kind = \"aurora\"", created);
  options.add("backup_days", &accounting.backup_days, "days that backups are kept")
      .between(1, 35)
      .unit("days")
      .only_when("kind = \"aurora\"", created);
  options.add("rotate_days", &accounting.rotate_days, "days after which the password changes; 0: never")
      .between(0, 365)
      .unit("days")
      .only_when("kind = \"aurora\"", created);
  options.add("user", &accounting.user, "database user of slurmdbd")
      .form("1 to 16 letters, digits and underscores, starting with a letter", is_database_user)
      .only_when("kind = \"aurora\" or \"adopted\"", [&accounting] { return accounting.kind != "none"; });
  options.add("host", &accounting.host, "where the database listens")
      .form("HOST:PORT", or_empty(is_host_and_port))
      .only_when("kind = \"adopted\"", adopted);
  options.add("secret", &accounting.secret, "secret that holds the user's password")
      .form("an ARN", or_empty(is_arn))
      .only_when("kind = \"adopted\"", adopted);
  options.add("security_group", &accounting.security_group, "group of the database's clients")
      .form("a security group id such as sg-0123456789abcdef0", resource_id("sg-"))
      .only_when("kind = \"adopted\"", adopted);
}

void describe_rest(OptionSet& options, Cluster& cluster) {
  options.section("image", "Operating system of the nodes.");
  options.add("os", &cluster.image.os, "operating system, by ParallelCluster's name")
      .choices({"ubuntu2204", "ubuntu2404", "alinux2023", "rhel8", "rhel9", "rocky8", "rocky9"});
  options.add("id", &cluster.image.id, "an image of your own, built on that system")
      .form("an image id such as ami-0123456789abcdef0", resource_id("ami-"));

  options.section("access", "Who may log in. Without a key pair: AWS Systems Manager only.");
  options.add("key_pair", &cluster.access.key_pair, "EC2 key pair of the head node")
      .form("the name of a key pair", or_empty(is_key_pair_name));
  options.add("ssh_from", &cluster.access.ssh_from, "addresses that may reach SSH; empty: none")
      .form("a block of addresses such as 203.0.113.0/24", or_empty(is_cidr));

  options.section("monitoring", "What is watched.");
  options.add("detailed", &cluster.monitoring.detailed, "EC2 metrics every minute");
  options.add("dashboards", &cluster.monitoring.dashboards, "CloudWatch dashboards");
  options.add("log_days", &cluster.monitoring.log_days, "days that logs are kept").above(0).unit("days");
  options.add("email", &cluster.monitoring.email, "receives the events of nodes and cluster")
      .form("an address such as ops@example.com", or_empty(is_email));

  options.add("hyperpod", &cluster.monitoring.hyperpod, "HyperPod clusters whose events monitoring.email receives too")
      .form("names of HyperPod clusters", is_hyperpod_name);

  options.section("batch", "The multi-node NCCL job of AWS Batch.");
  options.add("image", &cluster.batch.image, "container of the job")
      .form("an image with a tag other than latest", is_pinned_image);
  options.add("nodes", &cluster.batch.nodes, "nodes of the job").between(2, 1000);
  options.add("timeout_s", &cluster.batch.timeout_s, "the job is stopped after this").between(60, 86400).unit("s");
  options.add("shared_memory_gib", &cluster.batch.shared_memory_gib, "/dev/shm of the container")
      .between(1, 1024)
      .unit("GiB");

  options.section("software", "Versions on the nodes, for the advice on EFA and for preflight. Empty: not known.");
  const auto version = [&](const char* key, std::string& target, const char* help) {
    options.add(key, &target, help).form("a version such as 1.43.2", or_empty(is_version));
  };
  version("efa_installer", cluster.software.efa_installer, "EFA installer");
  version("libfabric", cluster.software.libfabric, "libfabric");
  version("plugin", cluster.software.plugin, "aws-ofi-nccl");
  version("nccl", cluster.software.nccl, "NCCL");
  version("cuda", cluster.software.cuda, "CUDA");
  version("driver", cluster.software.driver, "NVIDIA driver");
  version("kernel", cluster.software.kernel, "Linux kernel");
}

}  // namespace

OptionSet describe(Cluster& cluster) {
  OptionSet options;
  options.add("version", &cluster.version, "version of this format").between(1, 1);
  options.add("base", &cluster.base, "description beneath this one, found beside it: keys here replace its keys");
  describe_cluster(options, cluster);
  describe_network(options, cluster.network);
  for (Storage& storage : cluster.storage) describe_storage(options, storage);
  for (NodeGroup& group : cluster.nodes) describe_nodes(options, group);
  describe_accounting(options, cluster.accounting);
  describe_rest(options, cluster);
  return options;
}

Cluster sample_cluster() {
  Cluster cluster;
  cluster.tags = {{config::kAnyName, ""}};
  cluster.storage.resize(1);
  cluster.storage[0].name = config::kAnyName;
  cluster.nodes.resize(1);
  cluster.nodes[0].name = config::kAnyName;
  return cluster;
}

}  // namespace trireme::cloud
