#pragma once

#include <string>

#include "trireme/cloud/description/load.h"

namespace trireme::cloud {

/// Puts what checks find at the line that gave the key; else where its part is named, else at the top of the file.
class Findings {
 public:
  Findings(LoadedCluster& loaded, const std::string& file)
      : origins_(loaded.origins), diagnostics_(loaded.diagnostics), file_(file) {}

  void error(const std::string& key, const std::string& message, const std::string& hint = {});
  void info(const std::string& key, const std::string& message);
  /// `example` shows how to write it. A value of the wrong form was refused already, and is not missed again.
  void require(const std::string& key, bool given, const std::string& example);

 private:
  SourceLocation place_of(std::string key) const;

  const config::Origins& origins_;
  Diagnostics& diagnostics_;
  const std::string& file_;
};

}  // namespace trireme::cloud
