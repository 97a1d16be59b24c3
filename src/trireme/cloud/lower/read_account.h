#pragma once

#include "trireme/cloud/model/account.h"
#include "trireme/core/file.h"

namespace trireme::cloud {

/// Reads a snapshot, the JSON that `trireme account snapshot` prints. Throws IoError, or FormatError naming the file.
Account read_account(const fs::path& path);

}  // namespace trireme::cloud
