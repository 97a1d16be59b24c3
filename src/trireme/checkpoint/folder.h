#pragma once

#include <string>

#include "trireme/core/file.h"
#include "trireme/formats/checkpoint_folder.h"

/// Keeping runs/NAME/checkpoints in order.
namespace trireme::checkpoint {

using formats::folder_name;
using formats::list_checkpoints;
using formats::step_of;

/// Where a checkpoint grows until it is whole: ".step_00000120.tmp-GENERATION".
std::string unfinished_name(int64_t step, const std::string& generation);

/// Puts `unfinished` in the place of the checkpoint `final`, replacing one of the same step: at every moment a whole
/// one of that step has a name that readers know. Throws IoError.
void publish(const fs::path& unfinished, const fs::path& final);

/// Removes what killed saves left behind. Throws nothing: a file that can't be removed is only untidy.
void remove_unfinished(const fs::path& root) noexcept;

/// Which complete checkpoints stay: any that one of these keeps.
struct Retention {
  int64_t keep = 2;              // the newest ones, at least one
  double keep_hours = 0;         // those younger than this
  int64_t keep_every_steps = 0;  // for ever: those whose step is a multiple of this; 0: none
};

/// Removes the checkpoints that are not kept, and incomplete ones older than those that are kept by number.
void apply_retention(const fs::path& root, const Retention& retention);

}  // namespace trireme::checkpoint
