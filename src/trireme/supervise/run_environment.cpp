#include "trireme/supervise/run_environment.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "trireme/core/clock.h"
#include "trireme/core/environment.h"
#include "trireme/core/file.h"

namespace trireme::supervise {

namespace {

using nlohmann::json;

json text_or_null(const std::string& text) { return text.empty() ? json() : json(text); }

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return {};
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

json command_line() {
  std::ifstream file("/proc/self/cmdline");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  json words = json::array();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

json kernel() {
  utsname name;
  return ::uname(&name) == 0 ? json(std::string(name.sysname) + " " + name.release) : json();
}

json memory_bytes() {
  struct sysinfo info;
  return ::sysinfo(&info) == 0 ? json(static_cast<uint64_t>(info.totalram) * info.mem_unit) : json();
}

}  // namespace

std::string git_commit() {
  for (fs::path folder = fs::current_path();; folder = folder.parent_path()) {
    const fs::path git = folder / ".git";
    if (fs::is_directory(git)) {
      const std::string head = first_line(git / "HEAD");
      return head.rfind("ref: ", 0) == 0 ? first_line(git / head.substr(5)) : head;
    }
    if (folder == folder.parent_path()) return {};
  }
}

std::string describe_environment(const std::string& launcher, int world, const std::string& job_id) {
  const json environment = {
      {"version", 1},
      {"started_at", utc_timestamp()},
      {"trireme", TRIREME_VERSION},
      {"git_commit", text_or_null(git_commit())},
      {"compiler", __VERSION__},
      {"command", command_line()},
      {"folder", fs::current_path().string()},
      {"launcher", launcher},
      {"world", world},
      {"job_id", job_id},
      {"host", host_name()},
      {"kernel", kernel()},
      {"processor", text_or_null(processor_name())},
      {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
      {"memory_bytes", memory_bytes()},
  };
  return environment.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace trireme::supervise
