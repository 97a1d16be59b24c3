#pragma once

#include "trireme/supervise/run_folder.h"

namespace trireme::program {

/// The recipe of a program that brings layers and data of its own: all sections but [model], [data] and [distill],
/// which are refused. train.seq_len is the number of targets of an example, 1 unless it is given. Throws IoError when
/// the file can't be read; other problems are diagnostics.
recipe::LoadedRecipe load_own_recipe(const fs::path& path, const std::vector<std::string>& overrides);

/// How such a recipe is written to config.toml and read back.
supervise::ConfigIo own_config();

}  // namespace trireme::program
