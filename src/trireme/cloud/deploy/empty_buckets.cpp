#include "trireme/cloud/deploy/empty_buckets.h"

namespace trireme::cloud {

namespace {

constexpr size_t kPerRequest = 1000;  // DeleteObjects, Amazon S3 API Reference

int delete_page(const Aws& aws, const std::string& bucket) {
  const auto page = aws.find("s3api", "list-object-versions", {{"Bucket", bucket}, {"MaxKeys", kPerRequest}});
  Json objects = Json::array();
  if (!page) return 0;
  for (const char* list : {"Versions", "DeleteMarkers"}) {
    for (const Json& item : page->value(list, Json::array())) {
      if (objects.size() == kPerRequest) break;  // some versions of the command line give all pages at once
      objects.push_back({{"Key", item.at("Key")}, {"VersionId", item.at("VersionId")}});
    }
  }
  if (objects.empty()) return 0;
  const int count = static_cast<int>(objects.size());
  const Json answer = aws.call("s3api", "delete-objects",
                               {{"Bucket", bucket}, {"Delete", {{"Objects", std::move(objects)}, {"Quiet", true}}}});
  for (const Json& error : answer.value("Errors", Json::array())) {
    throw AwsError(error.value("Code", ""),
                   format("{} keeps {}: {}", bucket, error.value("Key", ""), error.value("Message", "")));
  }
  return count;
}

}  // namespace

void empty_buckets(const Aws& aws, const SynthFile& file, const Report& report) {
  const auto answer = aws.find("cloudformation", "describe-stack-resources", {{"StackName", file.stack}});
  if (!answer) return;
  for (const Json& resource : answer->at("StackResources")) {
    const std::string bucket = resource.value("PhysicalResourceId", "");
    if (resource.value("ResourceType", "") != "AWS::S3::Bucket" || bucket.empty()) continue;
    int deleted = 0;
    for (int count = delete_page(aws, bucket); count > 0; count = delete_page(aws, bucket)) deleted += count;
    if (deleted > 0) report(file.target, format("deleted {} objects of {}", deleted, bucket));
  }
}

}  // namespace trireme::cloud
