#include "trireme/cli/training_tower.h"

#include <unistd.h>
#include <vector>

#include "trireme/core/format.h"
#include "trireme/core/process.h"

namespace trireme::cli {

namespace {

/// This process's own arguments, as the kernel keeps them.
std::vector<std::string> own_arguments() {
  const std::string text = read_file("/proc/self/cmdline");
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size(); at += words.back().size() + 1) words.push_back(text.c_str() + at);
  return words;
}

}  // namespace

fs::path training_executable() {
  const fs::path path = this_executable().parent_path() / "trireme-train";
  if (access(path.c_str(), X_OK) != 0) {
    throw IoError(format("{} is not there: this command needs PyTorch; build it with ./trireme build", path.string()));
  }
  return path;
}

void become_training_tower() {
  const fs::path path = training_executable();
  std::vector<std::string> words = own_arguments();
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(path.c_str(), arguments.data());
  throw io_error("can't start {}", path.string());
}

}  // namespace trireme::cli
