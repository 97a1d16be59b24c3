#include <algorithm>
#include <cctype>

#include "trireme/cloud/description/forms.h"
#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

bool all_of(const std::string& text, const char* others) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 ||
           (c != '\0' && std::string_view(others).find(static_cast<char>(c)) != std::string_view::npos);
  });
}

/// Calls `take` with the names of a kind that are known.
template <class Take>
void each_name(const Model& model, std::string_view kind, Take take) {
  for (const NameModel& name : model.names) {
    if (name.kind == kind && name.name) take(*name.name, name.name.where);
  }
}

void check_bucket(const Model& model, Judge& judge) {
  each_name(model, "bucket", [&](const std::string& name, const SourceLocation& place) {
    if (!is_bucket_name(name)) judge.find(place, "bucket", format("\"{}\" is no name of a bucket", name));
  });
}

void check_role(const Model& model, Judge& judge) {
  constexpr size_t kMost = 64;
  each_name(model, "role", [&](const std::string& name, const SourceLocation& place) {
    if (name.size() > kMost) {
      judge.find(place, "role", format("\"{}\" has {} characters; a role has at most {}", name, name.size(), kMost));
    } else if (!all_of(name, "+=,.@-_")) {
      judge.find(place, "role", format("\"{}\" holds characters that a role can't have", name));
    }
  });
}

void check_group(const Model& model, Judge& judge) {
  each_name(model, "security-group", [&](const std::string& name, const SourceLocation& place) {
    if (name.rfind("sg-", 0) == 0) judge.find(place, "security group", format("\"{}\" starts with sg-", name));
    if (name.size() > 255) judge.find(place, "security group", "a name of more than 255 characters");
  });
}

void check_queue(const Model& model, Judge& judge) {
  constexpr size_t kMost = 25;
  for (const char* kind : {"queue", "compute-resource"}) {
    each_name(model, kind, [&](const std::string& name, const SourceLocation& place) {
      const bool form =
          !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 && all_of(name, "-");
      if (form && name.size() <= kMost) return;
      judge.find(place, kind,
                 form ? format("\"{}\" has {} characters; at most {}", name, name.size(), kMost)
                      : format("\"{}\" must be letters, digits and hyphens, starting with a letter", name));
    });
  }
}

void check_cluster(const Model& model, Judge& judge) {
  each_name(model, "hyperpod-cluster", [&](const std::string& name, const SourceLocation& place) {
    const bool form = all_of(name, "-") && !name.empty() && name.front() != '-' && name.back() != '-';
    if (form && name.size() <= 63) return;
    judge.find(place, "cluster", format("\"{}\" must be at most 63 letters, digits and hyphens", name));
  });
  each_name(model, "database", [&](const std::string& name, const SourceLocation& place) {
    const bool form = all_of(name, "-") && !name.empty() &&
                      std::isalpha(static_cast<unsigned char>(name.front())) != 0 && name.back() != '-' &&
                      name.find("--") == std::string::npos;
    if (form && name.size() <= 63) return;
    judge.find(place, "database", format("\"{}\" must be at most 63 letters, digits and single hyphens", name));
  });
}

void check_logical(const Model& model, Judge& judge) {
  for (const StackModel& stack : model.stacks) {
    for (const auto& [name, resource] : stack.resources) {
      // A loop is written as a resource.
      if ((all_of(name, "") && name.size() <= 255) || name.rfind("Fn::", 0) == 0) continue;
      judge.find(resource.where, "Resources." + name, "a logical name is of letters and digits only");
    }
  }
}

void check_stack_taken(const Model& model, Judge& judge) {
  const Account* account = judge.account_if("stacks");
  if (account == nullptr) return;
  each_name(model, "cluster", [&](const std::string& name, const SourceLocation& place) {
    for (const Account::Stack& stack : account->stacks) {
      const bool ours = stack.name.rfind(name + "-", 0) == 0 || stack.name == name;
      const bool broken = stack.status.find("FAILED") != std::string::npos || stack.status == "ROLLBACK_COMPLETE";
      if (!ours || !broken) continue;
      judge.find(place, "cluster.name",
                 format("the account has the stack {} in {}, which can't be updated", stack.name, stack.status));
    }
  });
}

void check_bucket_taken(const Model& model, Judge& judge) {
  const Account* account = judge.account_if("buckets");
  if (account == nullptr || model.kind == "cluster") return;
  each_name(model, "bucket", [&](const std::string& name, const SourceLocation& place) {
    const auto& all = account->buckets;
    if (std::find(all.begin(), all.end(), name) == all.end()) return;
    judge.find(place, "bucket", format("the account has a bucket \"{}\" already", name));
  });
}

constexpr Rule kRules[] = {
    {"name-bucket", Level::kError, "A bucket's name has the form that S3 takes",
     "3 to 63 small letters, digits and hyphens", "Amazon S3 User Guide, General purpose bucket naming rules",
     check_bucket},
    {"name-role", Level::kError, "A role's name has at most 64 characters", "shorten it, or leave the name to AWS",
     "IAM User Guide, IAM and AWS STS quotas, name requirements", check_role},
    {"name-group", Level::kError, "A security group's name does not start with sg-", "choose another name",
     "EC2 API Reference, CreateSecurityGroup", check_group},
    {"name-queue", Level::kError, "Names of queues and compute resources are short",
     "at most 25 letters, digits and hyphens", "AWS ParallelCluster User Guide, SlurmQueues", check_queue},
    {"name-cluster", Level::kError, "Names of HyperPod clusters and databases have the form of the service",
     "at most 63 letters, digits and hyphens",
     "SageMaker API Reference, CreateCluster; RDS API Reference, CreateDBCluster", check_cluster},
    {"name-logical", Level::kError, "Logical names are of letters and digits", "remove other characters",
     "CloudFormation User Guide, Resources section", check_logical},
    {"name-stack-broken", Level::kError, "No broken stack has the cluster's name",
     "delete that stack, or choose another name", "CloudFormation User Guide, Stack status codes", check_stack_taken},
    {"name-bucket-taken", Level::kError, "A bucket to be made does not exist",
     "choose another name, or leave it to AWS", "Amazon S3 User Guide, General purpose bucket naming rules",
     check_bucket_taken},
};

}  // namespace

std::span<const Rule> name_rules() { return kRules; }

}  // namespace trireme::cloud
