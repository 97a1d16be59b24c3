#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "trireme/cloud/deploy/aws.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

/// One deployment of a cluster at a time, anywhere: a parameter of AWS Systems Manager that only one can create. Its
/// owner renews it; who finds it older than kLease, or left by a dead process of this host, takes it over. Of several
/// that take over at once the parameter's version tells who was first.
class DeployLock {
 public:
  static constexpr Seconds kLease{300};

  /// Throws ConfigError naming the owner when another deployment runs.
  DeployLock(const Aws& aws, const std::string& cluster);
  DeployLock(const DeployLock&) = delete;
  DeployLock& operator=(const DeployLock&) = delete;
  ~DeployLock();

  /// To be called before each change of the account: a process that was stopped or cut off for longer than kLease may
  /// have lost the lock. Throws ConfigError naming who has it now, AwsError when AWS does not tell.
  void check() const;

 private:
  bool try_create() const;
  bool try_take() const;
  void overwrite(const std::string& value) const;
  Json owner_now() const;
  bool is_mine(const Json& owner) const;
  void renew();

  const Aws& aws_;
  std::string name_;
  std::string owner_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread renewal_;
};

}  // namespace trireme::cloud
