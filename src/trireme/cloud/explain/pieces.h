#pragma once

#include <string>
#include <vector>

#include "trireme/cloud/synthesis.h"

namespace trireme::cloud {

/// One thing that a synthesised file says: a resource of a CloudFormation template, a value of a configuration or
/// request in JSON or YAML, or the whole of any other file.
struct Piece {
  std::string file;
  std::string name;  // logical id; the way to the value, "Scheduling.SlurmQueues[0].Name"; empty for a whole file
  std::string type;  // of the resource: "AWS::EC2::VPC"; else empty
  std::string text;  // what it holds, to tell it from another
};

/// Throws BugError when a file is not what its name says.
std::vector<Piece> pieces_of(const std::vector<SynthFile>& files);

}  // namespace trireme::cloud
