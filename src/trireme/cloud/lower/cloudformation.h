#pragma once

#include "trireme/cloud/lower/conditions.h"
#include "trireme/cloud/model/model.h"
#include "trireme/config/value.h"

namespace trireme::cloud {

/// Lowers a CloudFormation template, read with cloudformation_tag. `given` sets parameters; others stand for their
/// Default. What nested stacks and macros make is not seen. `bytes` is the size of the file.
Model lower_cloudformation(const config::Value& document, const std::string& file, const Assignment& given,
                           size_t bytes);

}  // namespace trireme::cloud
