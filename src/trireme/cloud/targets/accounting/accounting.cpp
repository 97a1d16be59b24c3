#include "trireme/cloud/targets/accounting/accounting.h"

#include "trireme/cloud/targets/accounting/rotation.h"
#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/targets/network/network.h"

namespace trireme::cloud::accounting {

namespace {

constexpr int kMysqlPort = 3306;

/// Two groups: the database takes connections from members of the second, which the head node joins.
SecurityGroupId add_security_groups(Stack& stack, const Cluster& cluster) {
  const auto add_group = [&](const std::string& logical_id, const std::string& description) {
    const auto group = stack.add<SecurityGroupKind>(
        logical_id, "AWS::EC2::SecurityGroup",
        {{"GroupDescription", description},
         {"VpcId", network::vpc(cluster)},
         {"SecurityGroupEgress", List{Map{{"Description", "nothing but the rules of their own"},
                                          {"IpProtocol", "-1"},
                                          {"CidrIp", "127.0.0.1/32"}}}},
         {"Tags", name_tag(cluster.name + "-" + logical_id)}});
    return group.attribute<SecurityGroupKind>("GroupId");
  };
  const auto server = add_group("DatabaseSecurityGroup", "Accounting database of " + cluster.name);
  const auto client = add_group("DatabaseClientSecurityGroup", "Clients of the accounting database of " + cluster.name);
  stack.add("DatabaseFromClients", "AWS::EC2::SecurityGroupIngress",
            {{"Description", "MySQL from clients"},
             {"GroupId", server},
             {"IpProtocol", "tcp"},
             {"FromPort", kMysqlPort},
             {"ToPort", kMysqlPort},
             {"SourceSecurityGroupId", client}});
  stack.add("ClientsToDatabase", "AWS::EC2::SecurityGroupEgress",
            {{"Description", "MySQL to the database"},
             {"GroupId", client},
             {"IpProtocol", "tcp"},
             {"FromPort", kMysqlPort},
             {"ToPort", kMysqlPort},
             {"DestinationSecurityGroupId", server}});
  stack.export_value(contracts::database_clients(cluster), client, "Members may reach the database");
  return server;
}

/// ParallelCluster reads the password as plain text, so the secret is no JSON object with user and host.
Handle<SecretKind> add_secret(Stack& stack, const Cluster& cluster) {
  const auto secret = stack.add<SecretKind>(
      "DatabaseSecret", "AWS::SecretsManager::Secret",
      {{"Description", "Password of " + cluster.accounting.user + " for Slurm accounting of " + cluster.name},
       {"GenerateSecretString", Map{{"PasswordLength", 32}, {"ExcludePunctuation", true}}}},
      {.retain = true});
  stack.export_value(contracts::database_secret(cluster), secret.id(), "Secret with the database's password");
  return secret;
}

Handle<NameKind> add_database(Stack& stack, const Cluster& cluster, const Handle<SecretKind>& secret,
                              const SecurityGroupId& group) {
  const Accounting& accounting = cluster.accounting;
  const auto subnets = stack.add<NameKind>("DatabaseSubnets", "AWS::RDS::DBSubnetGroup",
                                           {{"DBSubnetGroupDescription", "Accounting database of " + cluster.name},
                                            {"SubnetIds", list_of(network::database_subnets(cluster))}});
  // Slurm advises a long lock wait for the roll-up of usage: "Accounting and Resource Limits", Slurm documentation.
  const auto parameters = stack.add<NameKind>(
      "DatabaseParameters", "AWS::RDS::DBClusterParameterGroup",
      {{"Description", "Accounting database of " + cluster.name},
       {"Family", "aurora-mysql8.0"},
       {"Parameters", Map{{"require_secure_transport", "ON"}, {"innodb_lock_wait_timeout", "900"}}}});
  const auto database =
      stack.add<NameKind>("Database", "AWS::RDS::DBCluster",
                          {{"Engine", "aurora-mysql"},
                           {"EngineVersion", accounting.engine_version},
                           {"MasterUsername", accounting.user},
                           {"MasterUserPassword", secret.secret_value()},
                           {"Port", kMysqlPort},
                           {"DBSubnetGroupName", subnets.id()},
                           {"DBClusterParameterGroupName", parameters.id()},
                           {"VpcSecurityGroupIds", List{group}},
                           {"ServerlessV2ScalingConfiguration",
                            Map{{"MinCapacity", accounting.min_capacity}, {"MaxCapacity", accounting.max_capacity}}},
                           {"StorageEncrypted", true},
                           {"BackupRetentionPeriod", accounting.backup_days},
                           {"CopyTagsToSnapshot", true},
                           {"EnableIAMDatabaseAuthentication", true},
                           {"EnableCloudwatchLogsExports", List{"error", "slowquery", "audit"}},
                           {"DeletionProtection", true}},
                          {.retain = true});
  stack.add("DatabaseInstance", "AWS::RDS::DBInstance",
            {{"DBClusterIdentifier", database.id()},
             {"DBInstanceClass", "db.serverless"},
             {"Engine", "aurora-mysql"},
             {"PubliclyAccessible", false},
             {"AutoMinorVersionUpgrade", true},
             {"EnablePerformanceInsights", true}},
            {.retain = true});
  stack.export_value(contracts::database_host(cluster), database.attribute("Endpoint.Address"), "Host of the database");
  return database;
}

}  // namespace

bool applies(const Cluster& cluster) { return cluster.accounting.kind == "aurora"; }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "accounting"), "Accounting database of the cluster " + cluster.name);
  const SecurityGroupId group = add_security_groups(stack, cluster);
  const Handle<SecretKind> secret = add_secret(stack, cluster);
  const Handle<NameKind> database = add_database(stack, cluster, secret, group);
  add_rotation(stack, cluster, secret, database);
  synthesis.add_stack(stack);
}

Connection connection(const Cluster& cluster) {
  const Accounting& accounting = cluster.accounting;
  if (accounting.kind == "aurora") {
    return {.uri = contracts::database_host(cluster).imported().text() + format(":{}", kMysqlPort),
            .user = accounting.user,
            .secret = contracts::database_secret(cluster).imported(),
            .client_groups = {contracts::database_clients(cluster).imported()}};
  }
  Connection adopted{
      .uri = accounting.host, .user = accounting.user, .secret = SecretArn(accounting.secret), .client_groups = {}};
  if (!accounting.security_group.empty()) adopted.client_groups.emplace_back(accounting.security_group);
  return adopted;
}

}  // namespace trireme::cloud::accounting
