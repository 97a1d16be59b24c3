#include "trireme/cloud/targets/buckets/buckets.h"

#include "trireme/cloud/targets/contracts.h"
#include "trireme/cloud/template/policy.h"

namespace trireme::cloud::buckets {

namespace {

constexpr int kIncompleteUploadDays = 7;
constexpr int kOldVersionDays = 90;

Map expire_old_versions() {
  return {
      {"Rules", List{Map{{"Id", "ExpireOldVersions"},
                         {"Status", "Enabled"},
                         {"NoncurrentVersionExpiration", Map{{"NoncurrentDays", kOldVersionDays}}},
                         {"AbortIncompleteMultipartUpload", Map{{"DaysAfterInitiation", kIncompleteUploadDays}}}}}}};
}

/// A private bucket: encrypted, versioned, closed to the public, reached over TLS 1.2 and up only.
/// `name` follows the kind in logical ids.
void add_bucket(Stack& stack, const Contract<NameKind>& contract, const std::string& name,
                const std::string& description) {
  const auto bucket = stack.add<NameKind>(
      "Bucket" + name, "AWS::S3::Bucket",
      {{"BucketEncryption", Map{{"ServerSideEncryptionConfiguration",
                                 List{Map{{"ServerSideEncryptionByDefault", Map{{"SSEAlgorithm", "AES256"}}}}}}}},
       {"PublicAccessBlockConfiguration", Map{{"BlockPublicAcls", true},
                                              {"BlockPublicPolicy", true},
                                              {"IgnorePublicAcls", true},
                                              {"RestrictPublicBuckets", true}}},
       {"OwnershipControls", Map{{"Rules", List{Map{{"ObjectOwnership", "BucketOwnerEnforced"}}}}}},
       {"VersioningConfiguration", Map{{"Status", "Enabled"}}},
       {"LifecycleConfiguration", expire_old_versions()}},
      {.retain = true});
  const Text arn = bucket.attribute<ArnKind>("Arn").text();
  const List everything = {arn, arn + "/*"};
  const auto deny = [&](Map condition) {
    return statement("Deny", {"s3:*"}, everything, {{"Principal", "*"}, {"Condition", std::move(condition)}});
  };
  stack.add("AccessTo" + name, "AWS::S3::BucketPolicy",
            {{"Bucket", bucket.id()},
             {"PolicyDocument", policy_document({deny({{"Bool", Map{{"aws:SecureTransport", "false"}}}}),
                                                 deny({{"NumericLessThan", Map{{"s3:TlsVersion", "1.2"}}}})})}},
            {.retain = true});
  stack.export_value(contract, bucket.id(), description);
}

}  // namespace

bool applies(const Cluster&) { return true; }

void render(Synthesis& synthesis) {
  const Cluster& cluster = synthesis.cluster();
  Stack stack(contracts::stack_name(cluster, "buckets"), "Buckets of the cluster " + cluster.name);
  add_bucket(stack, contracts::bootstrap_bucket(cluster), "Bootstrap", "Templates too large for a request");
  for (const Storage& storage : cluster.storage) {
    if (storage.kind != "bucket" || !storage.id.empty()) continue;
    add_bucket(stack, contracts::bucket(cluster, storage.name), camel_case(storage.name),
               "Bucket of storage." + storage.name);
  }
  synthesis.add_stack(stack);
}

}  // namespace trireme::cloud::buckets
