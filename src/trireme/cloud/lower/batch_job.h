#pragma once

#include "trireme/cloud/lower/entry.h"
#include "trireme/cloud/model/model.h"

namespace trireme::cloud {

/// The API writes "containerProperties", CloudFormation "ContainerProperties".
enum class KeyCase { kLower, kUpper };

/// Adds the containers of a Batch job definition, or of a job's overrides, to `model`.
void add_batch_job(const Entry& definition, KeyCase keys, const std::string& name, Model& model);

/// Lowers the request of `aws batch register-job-definition` or `submit-job`.
Model lower_batch_job(const config::Value& document, const std::string& file);

}  // namespace trireme::cloud
