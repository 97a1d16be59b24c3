#include "objects.h"

#include <algorithm>
#include <fstream>

#include "commands.h"
#include "trireme/core/error.h"
#include "trireme/core/file.h"
#include "trireme/core/format.h"

namespace scripted_aws {

using trireme::format;

Json& require_bucket(World& world, const std::string& name) {
  if (world["buckets"].contains(name)) return world["buckets"][name];
  throw AwsError("NoSuchBucket", "The specified bucket does not exist");
}

Json& require_object(World& world, const std::string& bucket, const std::string& key) {
  Json& objects = require_bucket(world, bucket)["objects"];
  if (objects.contains(key) && !objects[key].back().value("marker", false)) return objects[key].back();
  throw AwsError("NoSuchKey", "The specified key does not exist.");
}

Json& store_object(World& world, const std::string& bucket, const std::string& key, const std::string& content) {
  Json& in = require_bucket(world, bucket);
  const bool versioned = in.value("versioned", false);
  const std::string etag = World::hex(content, 32);
  std::filesystem::create_directories(world.folder() / "objects");
  std::ofstream(world.folder() / "objects" / etag, std::ios::binary) << content;
  Json& versions = in["objects"][key];
  if (!versioned) versions = Json::array();
  const std::string version = versioned ? World::hex(key + world.now() + etag, 32) : "null";
  versions.push_back({{"version", version}, {"etag", etag}, {"size", content.size()}, {"time", world.now()}});
  return versions.back();
}

std::string content_of(World& world, const Json& version) {
  return trireme::read_file(world.folder() / "objects" / text_of(version.at("etag")));
}

std::string object_at_url(World& world, const std::string& url) {
  const std::string scheme = "https://";
  const size_t slash = url.find('/', scheme.size());
  if (!url.starts_with(scheme) || slash == std::string::npos) {
    throw ValidationError("S3 error: Domain name specified in " + url + " is not a valid S3 domain");
  }
  const std::string host = url.substr(scheme.size(), slash - scheme.size());
  std::string bucket = host.substr(0, host.find(".s3")), key = url.substr(slash + 1);
  if (host.starts_with("s3.") || host.starts_with("s3-")) {
    bucket = key.substr(0, key.find('/'));
    key = key.substr(key.find('/') + 1);
  }
  try {
    return content_of(world, require_object(world, bucket, key));
  } catch (const AwsError& problem) {
    throw ValidationError(format(
        "S3 error: {}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
        problem.what()));
  }
}

namespace {

std::string quoted(const Json& version) { return format("\"{}\"", text_of(version.at("etag"))); }

Json put(World& world, const Request& request) {
  const std::string path = request.text("body").value_or("");
  const Json& version = store_object(world, request.required("bucket"), request.required("key"),
                                     path.empty() ? "" : trireme::read_file(path));
  Json out = {{"ETag", quoted(version)}};
  if (version.at("version") != "null") out["VersionId"] = version.at("version");
  return out;
}

Json head(World& world, const Request& request) {
  try {
    const Json& version = require_object(world, request.required("bucket"), request.required("key"));
    return {{"ETag", quoted(version)},
            {"ContentLength", version.at("size")},
            {"LastModified", version.at("time")},
            {"ContentType", "binary/octet-stream"},
            {"Metadata", Json::object()}};
  } catch (const AwsError&) {
    throw AwsError("404", "Not Found");  // a HEAD has no body that could say more
  }
}

Json get_object(World& world, const Request& request) {
  const std::string key = request.required("key");
  const Json& version = require_object(world, request.required("bucket"), key);
  if (request.words.empty()) throw trireme::UsageError("the following arguments are required: outfile");
  std::ofstream(request.words[0], std::ios::binary) << content_of(world, version);
  return {{"ETag", quoted(version)},
          {"ContentLength", version.at("size")},
          {"LastModified", version.at("time")},
          {"Metadata", Json::object()}};
}

Json list(World& world, const Request& request) {
  const std::string prefix = request.text("prefix").value_or("");
  Json out = {{"Contents", Json::array()}};
  for (const auto& [key, versions] : require_bucket(world, request.required("bucket"))["objects"].items()) {
    const Json& newest = versions.back();
    if (!key.starts_with(prefix) || newest.value("marker", false)) continue;
    out["Contents"].push_back({{"Key", key},
                               {"LastModified", newest["time"]},
                               {"ETag", quoted(newest)},
                               {"Size", newest["size"]},
                               {"StorageClass", "STANDARD"}});
  }
  if (out["Contents"].empty()) return {{"Prefix", prefix}};
  return paginate(request, out, "Contents");
}

Json list_versions(World& world, const Request& request) {
  const std::string prefix = request.text("prefix").value_or("");
  Json out = {{"Prefix", prefix}};
  for (const auto& [key, versions] : require_bucket(world, request.required("bucket"))["objects"].items()) {
    if (!key.starts_with(prefix)) continue;
    for (auto each = versions.rbegin(); each != versions.rend(); ++each) {
      Json item = {{"Key", key},
                   {"VersionId", (*each)["version"]},
                   {"IsLatest", each == versions.rbegin()},
                   {"LastModified", (*each)["time"]}};
      if (each->value("marker", false)) {
        out["DeleteMarkers"].push_back(item);
      } else {
        item.update({{"ETag", quoted(*each)}, {"Size", (*each)["size"]}, {"StorageClass", "STANDARD"}});
        out["Versions"].push_back(item);
      }
    }
  }
  return out;
}

/// Deletes a version, or without one the object: for good, or behind a marker in a versioned bucket.
Json delete_one(World& world, const std::string& bucket, const std::string& key,
                const std::optional<std::string>& version) {
  Json& in = require_bucket(world, bucket);
  Json& objects = in["objects"];
  Json out = Json::object();
  if (version) out["VersionId"] = *version;
  if (!version && in.value("versioned", false)) {
    const std::string marker = World::hex(key + world.now(), 32);
    objects[key].push_back({{"version", marker}, {"marker", true}, {"time", world.now()}});
    return {{"DeleteMarker", true}, {"VersionId", marker}};
  }
  if (!objects.contains(key)) return out;
  Json left = Json::array();
  for (const Json& each : objects[key]) {
    if (version && each["version"] != *version) left.push_back(each);
  }
  if (left.empty())
    objects.erase(key);
  else
    objects[key] = left;
  return out;
}

Json remove(World& world, const Request& request) {
  return delete_one(world, request.required("bucket"), request.required("key"), request.text("version-id"));
}

Json remove_many(World& world, const Request& request) {
  Json out = {{"Deleted", Json::array()}};
  const Json asked = request.structures("delete").at(0);
  for (const Json& each : asked.at("Objects")) {
    const Json& version = get(each, "VersionId");
    delete_one(world, request.required("bucket"), each.at("Key"),
               version.is_null() ? std::nullopt : std::optional<std::string>(version));
    Json deleted = {{"Key", each.at("Key")}};
    if (!version.is_null()) deleted["VersionId"] = version;
    out["Deleted"].push_back(deleted);
  }
  return get(asked, "Quiet") == true ? Json::object() : out;
}

/// "s3://bucket/key" taken apart; a key that is a folder gets the name of the other side.
std::pair<std::string, std::string> s3_place(const std::string& uri, const std::string& other) {
  const std::string path = uri.substr(5);
  const std::string bucket = path.substr(0, path.find('/'));
  std::string key = path.size() > bucket.size() ? path.substr(bucket.size() + 1) : "";
  if (key.empty() || key.ends_with('/')) key += std::filesystem::path(other).filename().string();
  return {bucket, key};
}

Json copy(World& world, const Request& request) {
  if (request.words.size() != 2 || request.has("recursive"))
    throw trireme::UsageError("scripted AWS copies one file: s3 cp FROM TO");
  const std::string &from = request.words[0], &to = request.words[1];
  if (to.starts_with("s3://")) {
    const auto [bucket, key] = s3_place(to, from);
    store_object(world, bucket, key, trireme::read_file(from == "-" ? "/dev/stdin" : from));
  } else {
    const auto [bucket, key] = s3_place(from, to);
    std::ofstream(to == "-" ? "/dev/stdout" : to, std::ios::binary)
        << content_of(world, require_object(world, bucket, key));
  }
  return nullptr;
}

}  // namespace

void add_objects(Commands& commands) {
  commands["s3api.put-object"] = put;
  commands["s3api.head-object"] = head;
  commands["s3api.get-object"] = get_object;
  commands["s3api.list-objects-v2"] = list;
  commands["s3api.list-object-versions"] = list_versions;
  commands["s3api.delete-object"] = remove;
  commands["s3api.delete-objects"] = remove_many;
  commands["s3.cp"] = copy;
}

}  // namespace scripted_aws
