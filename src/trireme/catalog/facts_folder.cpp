#include "trireme/catalog/facts_folder.h"

#include "trireme/core/environment.h"
#include "trireme/core/error.h"

namespace trireme::catalog {

fs::path facts_folder() {
  if (const auto chosen = env("TRIREME_FACTS")) {
    if (!fs::is_directory(*chosen)) throw IoError(format("TRIREME_FACTS names {}, which is not a folder", *chosen));
    return *chosen;
  }
  std::error_code unreadable;
  const fs::path program = fs::read_symlink("/proc/self/exe", unreadable);
  const fs::path installed = program.parent_path().parent_path() / "share/trireme/facts";
  if (!unreadable && fs::is_directory(installed)) return installed;
  if (fs::is_directory(TRIREME_FACTS_FOLDER)) return TRIREME_FACTS_FOLDER;
  throw IoError(format("no fact tables at {} or {}; set TRIREME_FACTS to the folder facts/ of trireme",
                       installed.string(), TRIREME_FACTS_FOLDER));
}

}  // namespace trireme::catalog
