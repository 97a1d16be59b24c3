#pragma once

#include <string>
#include <string_view>

/// The forms that text of a description must have. What passes holds no character that a shell, a template or a
/// terminal would read as anything but itself.
namespace trireme::cloud {

/// Letters, digits and hyphens, starting with a letter; 2 to 25 long: stacks, buckets and roles are named after it.
bool is_cluster_name(const std::string& text);
/// Name of a [nodes.…] or [storage.…] table: small letters, digits and hyphens, starting with a letter; at most 25.
bool is_part_name(const std::string& text);
/// PREFIX and 8 or 17 hex digits: "subnet-0123456789abcdef0".
bool is_resource_id(std::string_view text, std::string_view prefix);
bool is_bucket_name(const std::string& text);
/// "s3://bucket" or "s3://bucket/prefix", the prefix of letters, digits, "-", "_", "." and "/".
bool is_s3_uri(const std::string& text);
/// "/fsx": absolute, no "..", of letters, digits, "_", "-", "." and "/".
bool is_mount_point(const std::string& text);
/// What clients of a Lustre file system mount, by LustreMountName of FSx: "fsx", "7uxzrbev".
bool is_mount_name(const std::string& text);
bool is_arn(const std::string& text);
/// Region or zone as AWS spells them: "us-east-2", "use2-az3".
bool is_region_name(const std::string& text);
bool is_zone_id(const std::string& text);
bool is_instance_type(const std::string& text);
/// Letters, digits, spaces and + - = . _ : / @ : what every AWS service takes in a tag. `limit` in characters.
bool is_tag_text(const std::string& text, size_t limit);
/// Name of a tag: such text without dots, not empty and not AWS's own.
bool is_tag_name(const std::string& text);
bool is_email(const std::string& text);
bool is_key_pair_name(const std::string& text);
/// "host.name.of.it:3306"
bool is_host_and_port(const std::string& text);
/// Name of a HyperPod cluster: letters, digits and hyphens between them; at most 63.
bool is_hyperpod_name(const std::string& text);
/// 1 to 16 letters, digits and underscores, starting with a letter: what MySQL and Aurora take.
bool is_database_user(const std::string& text);
/// "1.43.2", "6.8.0-1024-aws"
bool is_version(const std::string& text);
/// "s3://… ARG…" or "https://… ARG…" without characters that a shell expands.
bool is_setup_script(const std::string& text);
/// "registry/repository:tag" or "…@sha256:…"; never without a tag.
bool is_pinned_image(const std::string& text);

}  // namespace trireme::cloud
