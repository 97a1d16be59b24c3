#pragma once

#include "trireme/cloud/template/value.h"

namespace trireme::cloud {

/// The id of a resource of one kind, wherever it comes from: adopted (literal), made by this stack, or exported
/// by another. Ids of different kinds do not convert into each other.
template <class Kind>
class Id {
 public:
  explicit Id(Text text) : text_(std::move(text)) {}
  const Text& text() const { return text_; }
  operator Value() const { return text_; }  // NOLINT(google-explicit-constructor)

 private:
  Text text_;
};

// Kinds. kPrefix is how ids of the kind start.
struct VpcKind {
  static constexpr const char* kPrefix = "vpc-";
};
struct SubnetKind {
  static constexpr const char* kPrefix = "subnet-";
};
struct SecurityGroupKind {
  static constexpr const char* kPrefix = "sg-";
};
struct RouteTableKind {
  static constexpr const char* kPrefix = "rtb-";
};
struct FileSystemKind {
  static constexpr const char* kPrefix = "fs-";
};
struct VolumeKind {
  static constexpr const char* kPrefix = "fsvol-";
};
struct NameKind {
  static constexpr const char* kPrefix = "";
};
struct ArnKind {
  static constexpr const char* kPrefix = "arn:";
};
/// The ARN of a secret. There is no type that holds a secret's value: it never leaves AWS Secrets Manager.
struct SecretKind {
  static constexpr const char* kPrefix = "arn:";
};

using VpcId = Id<VpcKind>;
using SubnetId = Id<SubnetKind>;
using SecurityGroupId = Id<SecurityGroupKind>;
using RouteTableId = Id<RouteTableKind>;
using FileSystemId = Id<FileSystemKind>;
using VolumeId = Id<VolumeKind>;
using Name = Id<NameKind>;
using Arn = Id<ArnKind>;
using SecretArn = Id<SecretKind>;

}  // namespace trireme::cloud
