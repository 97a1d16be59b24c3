#include "trireme/cloud/lower/image_versions.h"

#include <array>
#include <cctype>
#include <sstream>

namespace trireme::cloud {

void add_image_versions(const ContainerJob& job, Model& model) {
  struct Known {
    std::string_view prefix;
    Text SoftwareModel::*version;
  };
  static constexpr std::array<Known, 4> kKnown = {{{"cuda", &SoftwareModel::cuda},
                                                   {"efa", &SoftwareModel::efa_installer},
                                                   {"ofiv", &SoftwareModel::plugin},
                                                   {"ncclv", &SoftwareModel::nccl}}};
  if (!job.image || job.image->find(':') == std::string::npos) return;
  SoftwareModel software;
  software.name = job.name;
  software.where = job.image.where;
  software.instance = job.instance;
  bool found = false;
  std::istringstream parts(job.image->substr(job.image->rfind(':') + 1));
  for (std::string part; std::getline(parts, part, '-');) {
    for (const Known& known : kKnown) {
      const size_t begin = known.prefix.size();
      if (part.rfind(known.prefix, 0) != 0 || part.size() == begin) continue;
      if (std::isdigit(static_cast<unsigned char>(part[begin])) == 0) continue;
      software.*known.version = {part.substr(begin), job.image.where, false};
      found = true;
    }
  }
  if (found) model.software.push_back(std::move(software));
}

}  // namespace trireme::cloud
