#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "json.h"
#include "trireme/core/file.h"

namespace scripted_aws {

/// The account that the shims play: world.json of a folder, locked while this lives.
///
/// world.json holds what a test seeds (account, region, zones, offerings, instance_types, quotas, ec2, ssm, …; see
/// world.json beside this file) and what calls made: stacks, resources by physical id, buckets, jobs.
class World {
 public:
  /// Throws IoError if the folder has no world.json.
  explicit World(const std::filesystem::path& folder);
  /// Writes world.json back; until then nothing that a call did has happened.
  void save();
  /// Lets another call in.
  void unlock() { lock_.reset(); }

  /// For a command that fails half way: `restore(contents())` leaves the world as it was.
  Json contents() const { return data_; }
  void restore(Json contents) { data_ = std::move(contents); }

  Json& operator[](const std::string& key) { return data_[key]; }
  std::string region() { return data_.at("region"); }
  std::string account() { return data_.at("account"); }
  std::string partition() { return data_.value("partition", "aws"); }
  std::filesystem::path folder() const { return folder_; }

  /// "arn:aws:SERVICE:REGION:ACCOUNT:REST".
  std::string arn(const std::string& service, const std::string& rest);
  /// The world's clock, which every call moves on by a second, so that answers repeat: "2026-01-01T00:00:07+00:00".
  std::string now();
  void tick() { data_["clock"] = data_.value("clock", 0) + 1; }
  /// `digits` hex digits that depend on `seed` alone.
  static std::string hex(const std::string& seed, size_t digits);

  /// Notes IAM actions that the present call needs beyond its own, separated by spaces.
  void need(std::string_view actions);
  const std::set<std::string>& needed() const { return needed_; }

  /// The first unused fault of script.json of that kind that `matches`, which is then used up once; null if none.
  template <class Predicate>
  Json take_fault(const std::string& kind, Predicate matches) {
    for (size_t i = 0; i < script_.size(); ++i) {
      if (script_[i].at("fault") == kind && used_up(i) < script_[i].value("times", 1) && matches(script_[i])) {
        data_["faults_used"][std::to_string(i)] = used_up(i) + 1;
        return script_[i];
      }
    }
    return nullptr;
  }
  const Json& script() const { return script_; }

 private:
  int used_up(size_t index) { return data_["faults_used"].value(std::to_string(index), 0); }

  std::filesystem::path folder_;
  trireme::UniqueFd lock_;
  Json data_, script_ = Json::array();
  std::set<std::string> needed_;
};

}  // namespace scripted_aws
