#include "world.h"

#include <fcntl.h>
#include <sys/file.h>
#include <ctime>
#include <fstream>
#include <sstream>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"

namespace scripted_aws {

World::World(const std::filesystem::path& folder) : folder_(folder) {
  lock_ = trireme::open_file(folder / "lock", O_RDWR | O_CREAT);
  if (flock(lock_.get(), LOCK_EX) != 0) throw trireme::io_error("can't lock {}", folder / "lock");
  data_ = Json::parse(trireme::read_file(folder / "world.json"));
  if (std::filesystem::exists(folder / "script.json"))
    script_ = Json::parse(trireme::read_file(folder / "script.json"));
  for (const char* key :
       {"stacks", "deleted_stacks", "resources", "buckets", "jobs", "clusters", "generations", "faults_used"}) {
    if (!data_.contains(key)) data_[key] = Json::object();
  }
}

void World::save() {
  // Renamed but not flushed: a world lives no longer than its test.
  const std::filesystem::path temporary = folder_ / "world.json.new";
  std::ofstream(temporary) << data_.dump(1);
  std::filesystem::rename(temporary, folder_ / "world.json");
}

std::string World::arn(const std::string& service, const std::string& rest) {
  return trireme::format("arn:{}:{}:{}:{}:{}", partition(), service, region(), account(), rest);
}

std::string World::now() {
  constexpr std::time_t kStart = 1767225600;  // 2026-01-01
  const std::time_t time = kStart + data_.value("clock", 0);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S+00:00", std::gmtime(&time));
  return text;
}

std::string World::hex(const std::string& seed, size_t digits) { return trireme::content_hash(seed).substr(0, digits); }

void World::need(std::string_view actions) {
  std::istringstream words{std::string(actions)};
  for (std::string action; words >> action;) needed_.insert(action);
}

}  // namespace scripted_aws
