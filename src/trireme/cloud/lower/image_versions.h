#pragma once

#include "trireme/cloud/model/model.h"

namespace trireme::cloud {

/// Adds the versions that the tag of a job's image names, as those of AWS's nccl-tests images do:
/// "cuda12.8.1-efa1.42.0-ofiv1.16.0-ncclv2.27.5-1-testsv2.16.4". Adds nothing when it names none.
void add_image_versions(const ContainerJob& job, Model& model);

}  // namespace trireme::cloud
