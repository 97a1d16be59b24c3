#pragma once

#include "trireme/cloud/model/model.h"
#include "trireme/config/value.h"

namespace trireme::cloud {

/// Is it a hole that people or envsubst fill: "${SUBNET}", "PLACEHOLDER_AMI", "cr-xxxxxxxx", "<your bucket>"?
bool is_placeholder(const std::string& text);

/// `value` with placeholders unknown; `model` collects them.
config::Value without_placeholders(const config::Value& value, Model& model);

}  // namespace trireme::cloud
