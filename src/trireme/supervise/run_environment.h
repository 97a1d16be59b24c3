#pragma once

#include <string>

namespace trireme::supervise {

/// environment.json: when, where and by which command a run started. What can't be found out is null.
std::string describe_environment(const std::string& launcher, int world, const std::string& job_id);

/// The commit that the working tree around the current folder stands at, read from .git; empty when there is none.
std::string git_commit();

}  // namespace trireme::supervise
