#include <iostream>

#include "trireme/catalog/region.h"
#include "trireme/cli/command.h"
#include "trireme/cloud/account/snapshot.h"
#include "trireme/core/file.h"
#include "trireme/core/log.h"

namespace trireme::cli {

namespace {

constexpr Seconds kRetryAfter{1};

struct AccountSnapshot {
  std::string region;
  std::string profile;
  std::string out;

  void declare(Arguments& arguments) {
    arguments.option("--region", "REGION", &region, "AWS region to look at").required = true;
    arguments.option("--profile", "NAME", &profile, "profile of the AWS command line");
    arguments.option("--out", "FILE", &out, "file to write; empty: standard output");
  }

  ExitCode run() const {
    const std::string known = catalog::region(region).name;
    const cloud::Snapshot snapshot = cloud::take_snapshot(cloud::Aws(known, profile, kRetryAfter));
    for (const cloud::Unseen& unseen : snapshot.missing) {
      log_warning("the snapshot has no {}: the caller lacks {}", unseen.list, unseen.permission);
    }
    const std::string text = snapshot.contents.dump(2) + "\n";
    if (out.empty()) {
      std::cout << text;
    } else {
      write_file_atomic(out, text);
    }
    return ExitCode::kOk;
  }
};

const Registered<AccountSnapshot> registered{{
    .name = "account snapshot",
    .summary = "write what an account has in a region, for checks without access to AWS",
    .example = "trireme account snapshot --region us-east-2 --out account.json",
    .group = CommandGroup::kCluster,
}};

}  // namespace

}  // namespace trireme::cli
