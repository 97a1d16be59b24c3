#pragma once

#include "trireme/cloud/model/model.h"

namespace trireme::cloud {

/// Adds what a string that may be a script says: URLs that it fetches and, when it has several lines or is a command,
/// the environment that it sets. `text` holds the script, at its first line.
void add_script_text(const Text& text, Model& model);

/// Adds what a container's command says, word by word.
void add_command(const Facts<std::string>& command, Model& model);

/// Lowers a shell script, an sbatch file or a Dockerfile.
Model lower_shell(const std::string& text, const std::string& file);

}  // namespace trireme::cloud
