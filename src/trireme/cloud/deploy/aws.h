#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "trireme/core/clock.h"
#include "trireme/core/error.h"

namespace trireme::cloud {

using Json = nlohmann::ordered_json;

/// AWS, or the command line before it, refused a call. The message names call, cause and next action.
class AwsError : public Error {
 public:
  AwsError(std::string cause, const std::string& message)
      : Error(ExitCode::kEnvironment, message), cause_(std::move(cause)) {}
  /// AWS's name for it: "ValidationError"; empty when the call did not reach AWS.
  const std::string& cause() const { return cause_; }

 private:
  std::string cause_;
};

/// The account, through the `aws` and `pcluster` command lines: they know profiles, single sign-on and
/// AWS_ENDPOINT_URL. Any thread may call.
class Aws {
 public:
  /// `poll`: time between two looks at something that changes; retries start at it too.
  Aws(std::string region, std::string profile, Seconds poll)
      : region_(std::move(region)), profile_(std::move(profile)), poll_(poll) {}

  /// `aws SERVICE OPERATION` with the request as a file in memory, never on the command line, where every user of the
  /// host could read it. Calls that AWS throttles or does not reach are tried again, so each may take effect twice.
  /// `list`: member of an answer in pages, put together here where the command line does not. Throws AwsError.
  Json call(const std::string& service, const std::string& operation, const Json& request = Json::object(),
            const std::string& list = {}) const;
  /// The same; nothing when AWS says that what is asked for does not exist.
  std::optional<Json> find(const std::string& service, const std::string& operation, const Json& request,
                           const std::string& list = {}) const;

  void put_object(const std::string& bucket, const std::string& key, std::string_view body) const;

  /// `pcluster OPERATION …` in the same region, by the same profile. A refusal is an AwsError with the program's own
  /// words.
  Json pcluster(const std::string& operation, const std::vector<std::string>& words) const;
  /// `pcluster OPERATION … --cluster-configuration` with the text as a file in memory.
  Json pcluster_with(const std::string& operation, const std::vector<std::string>& words,
                     const std::string& configuration) const;

  void wait() const;
  const std::string& region() const { return region_; }

 private:
  std::vector<std::string> aws_words(const std::string& service, const std::string& operation) const;
  Json call_once(const std::string& service, const std::string& operation, const Json& request) const;
  Json run(std::vector<std::string> words, const std::string& what) const;

  std::string region_;
  std::string profile_;
  Seconds poll_;
};

}  // namespace trireme::cloud
