#include <regex>

#include "commands.h"
#include "objects.h"

namespace scripted_aws {

namespace {

Json head(World& world, const Request& request) {
  if (!world["buckets"].contains(request.required("bucket"))) throw AwsError("404", "Not Found");
  return {{"BucketRegion", world.region()}, {"AccessPointAlias", false}};
}

Json list(World& world, const Request&) {
  Json buckets = Json::array();
  for (const auto& [name, bucket] : world["buckets"].items()) {
    buckets.push_back({{"Name", name}, {"CreationDate", bucket.at("created")}});
  }
  return {{"Buckets", buckets}, {"Owner", {{"ID", World::hex("owner", 64)}}}};
}

Json create(World& world, const Request& request) {
  const std::string name = request.required("bucket");
  static const std::regex kName("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  if (!std::regex_match(name, kName)) throw AwsError("InvalidBucketName", "The specified bucket is not valid.");
  const bool elsewhere = request.has("create-bucket-configuration");
  if (world.region() != "us-east-1" && !elsewhere) {
    throw AwsError("IllegalLocationConstraintException",
                   "The unspecified location constraint is incompatible for the region specific endpoint this request "
                   "was sent to.");
  }
  if (world["buckets"].contains(name)) {
    throw AwsError("BucketAlreadyOwnedByYou",
                   "Your previous request to create the named bucket succeeded and you already own it.");
  }
  world["buckets"][name] = {{"created", world.now()}, {"objects", Json::object()}, {"settings", Json::object()}};
  return {{"Location", elsewhere ? "http://" + name + ".s3.amazonaws.com/" : "/" + name}};
}

Json remove(World& world, const Request& request) {
  const std::string name = request.required("bucket");
  if (!require_bucket(world, name)["objects"].empty()) {
    throw AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty");
  }
  world["buckets"].erase(name);
  return nullptr;
}

/// Any put-bucket-… command: what it says is kept and has no effect, but for versioning.
Json put_setting(World& world, const Request& request) {
  Json& bucket = require_bucket(world, request.required("bucket"));
  Json setting = request.without_secrets();
  setting.erase("bucket");
  bucket["settings"][request.operation] = setting;
  if (request.operation == "put-bucket-versioning") {
    bucket["versioned"] = get(request.structures("versioning-configuration").at(0), "Status") == "Enabled";
  }
  return nullptr;
}

}  // namespace

void add_buckets(Commands& commands) {
  commands["s3api.head-bucket"] = head;
  commands["s3api.list-buckets"] = list;
  commands["s3api.create-bucket"] = create;
  commands["s3api.delete-bucket"] = remove;
  for (const char* name : {"put-bucket-encryption", "put-bucket-lifecycle-configuration", "put-bucket-policy",
                           "put-bucket-tagging", "put-bucket-versioning", "put-bucket-ownership-controls",
                           "put-bucket-logging", "put-bucket-notification-configuration", "put-public-access-block"}) {
    commands[std::string("s3api.") + name] = put_setting;
  }
}

}  // namespace scripted_aws
