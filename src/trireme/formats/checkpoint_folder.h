#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trireme/core/file.h"

/// Names inside runs/NAME/checkpoints.
namespace trireme::formats {

/// "step_00000120"
std::string folder_name(int64_t step);
/// "step_000000120": the same step by another name, for a checkpoint that is about to replace the one of that name.
std::string spare_folder_name(int64_t step);
/// The step of such a name.
std::optional<int64_t> step_of(const std::string& folder_name);
/// Folders named as checkpoints, newest first; of one step the spare comes last. Empty when `root` does not exist.
/// Throws IoError.
std::vector<fs::path> list_checkpoints(const fs::path& root);

}  // namespace trireme::formats
