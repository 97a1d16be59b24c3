#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trireme/core/diagnostic.h"

namespace trireme::cloud {

/// An environment variable that a file sets for the programs it starts.
struct EnvironmentSetting {
  std::string name;
  std::optional<std::string> value;  // empty: not known before the script runs, or passed on from the caller
  SourceLocation where;              // of the word that sets it
};

/// Finds settings in a shell script, an sbatch file or a Dockerfile:
///   export X=v · export X (with its earlier assignment) · declare -x X=v · X=v command · env X=v command ·
///   mpirun -x X=v -x X · --env X=v · --env=X=v · -e X=v · --export=ALL,X=v (also of #SBATCH) ·
///   ENV X v · ENV X=v Y=w
/// and inside the words of `bash -c "…"`. Comments are skipped; bodies of here-documents are read as the scripts that
/// they mostly are. A value with $ or ` outside single quotes is empty. Reads any bytes, in linear time, and never
/// fails: what is not understood is not a setting.
std::vector<EnvironmentSetting> read_shell_variables(std::string_view text, const std::string& file);

}  // namespace trireme::cloud
