#include "trireme/cloud/targets/accounting/rotation.h"

#include "trireme/cloud/template/policy.h"

namespace trireme::cloud::accounting {

namespace {

/// The four steps of "Rotation by Lambda function", AWS Secrets Manager User Guide. Each may be called again.
constexpr const char* kRotate = R"(import boto3
import os

secrets = boto3.client("secretsmanager")
rds = boto3.client("rds")
ssm = boto3.client("ssm")


def handler(event, context):
    step = {"createSecret": create, "setSecret": apply, "testSecret": test, "finishSecret": finish}[event["Step"]]
    step(event["SecretId"], event["ClientRequestToken"])


def create(secret, token):
    try:
        secrets.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    except secrets.exceptions.ResourceNotFoundException:
        password = secrets.get_random_password(PasswordLength=32, ExcludePunctuation=True)["RandomPassword"]
        secrets.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=password,
                                 VersionStages=["AWSPENDING"])


def apply(secret, token):
    pending = secrets.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    rds.modify_db_cluster(DBClusterIdentifier=os.environ["DATABASE"], ApplyImmediately=True,
                          MasterUserPassword=pending["SecretString"])


def test(secret, token):
    clusters = rds.describe_db_clusters(DBClusterIdentifier=os.environ["DATABASE"])["DBClusters"]
    if clusters[0].get("PendingModifiedValues", {}).get("MasterUserPassword"):
        raise RuntimeError("the database has not taken the new password yet; Secrets Manager tries again")


def finish(secret, token):
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(version for version, names in stages.items() if "AWSCURRENT" in names)
    if current != token:
        secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token,
                                            RemoveFromVersionId=current)
    ssm.send_command(DocumentName="AWS-RunShellScript",
                     Targets=[{"Key": "tag:parallelcluster:cluster-name", "Values": [os.environ["CLUSTER"]]},
                              {"Key": "tag:parallelcluster:node-type", "Values": ["HeadNode"]}],
                     Parameters={"commands": ["/opt/parallelcluster/scripts/slurm/update_slurm_database_password.sh"]})
)";

Map permissions(const Cluster& cluster, const Handle<SecretKind>& secret, const Handle<NameKind>& database) {
  const Text database_arn = arn_here("rds", "cluster:" + database.id().text());
  const Text head_nodes = arn_here("ec2", "instance/*");
  const Text run_script = "arn:" + Text::partition() + ":ssm:" + Text::region() + "::document/AWS-RunShellScript";
  return policy_document(
      {statement("Allow",
                 {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
                  "secretsmanager:UpdateSecretVersionStage"},
                 secret.id()),
       statement("Allow", {"secretsmanager:GetRandomPassword"}, "*"),
       statement("Allow", {"rds:DescribeDBClusters", "rds:ModifyDBCluster"}, database_arn),
       statement("Allow", {"ssm:SendCommand"}, run_script),
       statement("Allow", {"ssm:SendCommand"}, head_nodes,
                 {{"Condition",
                   Map{{"StringEquals", Map{{"aws:ResourceTag/parallelcluster:cluster-name", cluster.name}}}}}})});
}

}  // namespace

void add_rotation(Stack& stack, const Cluster& cluster, const Handle<SecretKind>& secret,
                  const Handle<NameKind>& database) {
  if (cluster.accounting.rotate_days == 0) return;
  const auto role = stack.add<NameKind>(
      "RotationRole", "AWS::IAM::Role",
      {{"AssumeRolePolicyDocument", trust_policy("lambda", /*for_this_account=*/false)},
       {"ManagedPolicyArns", List{managed_policy("service-role/AWSLambdaBasicExecutionRole")}},
       {"Policies",
        List{Map{{"PolicyName", "RotatePassword"}, {"PolicyDocument", permissions(cluster, secret, database)}}}}});
  const auto function = stack.add<NameKind>(
      "RotationFunction", "AWS::Lambda::Function",
      {{"Description", "New password for the accounting database of " + cluster.name},
       {"Runtime", "python3.13"},
       {"Handler", "index.handler"},
       {"Timeout", 60},
       {"ReservedConcurrentExecutions", 1},
       {"Role", role.attribute<ArnKind>("Arn")},
       {"Environment", Map{{"Variables", Map{{"DATABASE", database.id()}, {"CLUSTER", cluster.name}}}}},
       {"Code", Map{{"ZipFile", kRotate}}}});
  const auto arn = function.attribute<ArnKind>("Arn");
  stack.add("RotationPermission", "AWS::Lambda::Permission",
            {{"Action", "lambda:InvokeFunction"},
             {"FunctionName", arn},
             {"Principal", "secretsmanager.amazonaws.com"},
             {"SourceAccount", Text::account()}});
  stack.add("Rotation", "AWS::SecretsManager::RotationSchedule",
            {{"SecretId", secret.id()},
             {"RotationLambdaARN", arn},
             {"RotateImmediatelyOnUpdate", false},
             {"RotationRules", Map{{"AutomaticallyAfterDays", cluster.accounting.rotate_days}}}},
            {.after = {"RotationPermission", "DatabaseInstance"}});
}

}  // namespace trireme::cloud::accounting
