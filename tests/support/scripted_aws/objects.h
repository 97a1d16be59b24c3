#pragma once

#include <string>

#include "world.h"

namespace scripted_aws {

/// Buckets of the world: created, versioned, settings by the name of the put-bucket-… command, and objects: by key, the
/// versions from oldest to newest. Contents lie in the folder objects/ under their ETag.

/// Throws AwsError NoSuchBucket.
Json& require_bucket(World& world, const std::string& name);
/// The newest version. Throws AwsError NoSuchKey.
Json& require_object(World& world, const std::string& bucket, const std::string& key);
Json& store_object(World& world, const std::string& bucket, const std::string& key, const std::string& content);
std::string content_of(World& world, const Json& version);
/// What "https://BUCKET.s3.REGION.amazonaws.com/KEY" or "https://s3.REGION.amazonaws.com/BUCKET/KEY" holds. Throws
/// ValidationError, as CloudFormation does for a TemplateURL.
std::string object_at_url(World& world, const std::string& url);

}  // namespace scripted_aws
