#pragma once

#include <string>
#include <vector>

namespace scripted_aws {

/// The rows of a tab-separated file beside the sources, without comments and the line of names; "-" reads "".
std::vector<std::vector<std::string>> read_table(const std::string& file);

}  // namespace scripted_aws
