#include "trireme/cloud/preflight/judge.h"

namespace trireme::cloud {

namespace {

void check_public(const Model& model, Judge& judge) {
  for (const BucketModel& bucket : model.buckets) {
    if (bucket.public_access_blocked.is(false)) {
      judge.find(bucket.public_access_blocked.where, bucket.name, "not all four switches against public access are on");
    }
  }
}

void check_tls(const Model& model, Judge& judge) {
  for (const BucketModel& bucket : model.buckets) {
    if (bucket.tls_only.is(false)) {
      judge.find(bucket.tls_only.where, bucket.name, "no policy refuses requests without TLS");
    }
  }
}

void check_encryption(const Model& model, Judge& judge) {
  for (const BucketModel& bucket : model.buckets) {
    if (bucket.encryption.is(false)) {
      judge.find(bucket.encryption.where, bucket.name, "no encryption is asked for: S3 uses keys of its own");
    }
  }
}

constexpr Rule kRules[] = {
    {"bucket-public", Level::kWarning, "A bucket blocks public access",
     "set all four of PublicAccessBlockConfiguration", "Amazon S3 User Guide, Blocking public access", check_public},
    {"bucket-tls", Level::kWarning, "A bucket refuses requests without TLS",
     "add a policy that denies aws:SecureTransport false", "Amazon S3 User Guide, Security best practices", check_tls},
    {"bucket-encryption", Level::kInfo, "A bucket says how it is encrypted", "set BucketEncryption",
     "Amazon S3 User Guide, Setting default server-side encryption behavior", check_encryption},
};

}  // namespace

std::span<const Rule> bucket_rules() { return kRules; }

}  // namespace trireme::cloud
