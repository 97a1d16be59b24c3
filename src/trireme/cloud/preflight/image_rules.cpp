#include <algorithm>

#include "trireme/cloud/preflight/judge.h"
#include "trireme/core/format.h"

namespace trireme::cloud {

namespace {

const catalog::InstanceType* only_type(const NodeModel& node) {
  return node.instances.size() == 1 ? type_of(node.instances.front()) : nullptr;
}

void check_os(const Model& model, Judge& judge) {
  std::string said;
  for (const NodeModel& node : model.nodes) {
    const OsSupport* os = node.os ? find_os(*node.os) : nullptr;
    if (os == nullptr || said == os->os) continue;
    said = os->os;
    if (!os->pcluster) {
      judge.find(
          node.os.where, "Image.Os",
          format("AWS ParallelCluster no longer takes {}, whose support ended on {}", os->os, os->end_of_support),
          {.source = os->source});
    } else if (os->end_of_support < judge.today()) {
      judge.find(node.os.where, "Image.Os", format("support of {} ended on {}", os->os, os->end_of_support),
                 {.level = Level::kWarning, .source = os->source});
    }
  }
}

void check_os_architecture(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const OsSupport* os = node.os ? find_os(*node.os) : nullptr;
    const catalog::InstanceType* type = only_type(node);
    if (os == nullptr || type == nullptr) continue;
    if (std::find(os->architectures.begin(), os->architectures.end(), type->architecture) != os->architectures.end()) {
      continue;
    }
    judge.find(
        node.instances.front().where, node.name,
        format("{} is {}, and {} comes for {}", type->name, type->architecture, os->os, list_of(os->architectures)));
  }
}

/// Architecture that the name of an image or of an SSM parameter tells; empty when it tells none.
std::string told_architecture(const std::string& name) {
  for (const char* word : {"arm64", "aarch64"}) {
    if (name.find(word) != std::string::npos) return "arm64";
  }
  for (const char* word : {"x86_64", "amd64", "x86-64"}) {
    if (name.find(word) != std::string::npos) return "x86_64";
  }
  return {};
}

void check_image_architecture(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const catalog::InstanceType* type = only_type(node);
    if (type == nullptr) continue;
    for (const Text& image : node.images) {
      if (!image) continue;
      const Account* account = judge.account_if("images");
      const Account::Image* seen = account == nullptr ? nullptr : account->image(*image);
      const std::string has = seen != nullptr ? seen->architecture : told_architecture(*image);
      if (has.empty() || has == type->architecture) continue;
      judge.find(image.where, node.name,
                 format("{} is for {}, and {} is {}", *image, has, type->name, type->architecture));
    }
  }
}

void check_image_known(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    for (const Text& image : node.images) {
      if (!image || image->rfind("ami-", 0) != 0) continue;
      const Account* account = judge.account_if("images");
      // Without a snapshot nothing is asked: most images are public ones.
      if (account == nullptr || account->image(*image) != nullptr) continue;
      judge.find(image.where, node.name, format("the account sees no image {} in {}", *image, account->region));
    }
  }
}

void check_path(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    for (const Text& image : node.images) {
      if (!image || image->rfind("/aws/service/", 0) != 0) continue;
      judge.find(image.where, node.name, format("\"{}\" is the path of an SSM parameter, not an image", *image));
    }
  }
}

void check_neuron(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const catalog::InstanceType* type = only_type(node);
    if (type == nullptr || type->accelerators.maker != "aws") continue;
    const bool own = !node.images.empty();
    if (model.kind == "pcluster" && !own) {
      judge.find(node.instances.front().where, node.name,
                 format("{} needs the Neuron driver, which ParallelCluster's own images lack", type->name),
                 {.level = Level::kWarning});
    }
    if (node.image_type && node.image_type->find("NVIDIA") != std::string::npos) {
      judge.find(node.image_type.where, node.name,
                 format("{} needs an image with Neuron, and {} has NVIDIA's driver", type->name, *node.image_type));
    }
  }
}

void check_gpu_image(const Model& model, Judge& judge) {
  for (const NodeModel& node : model.nodes) {
    const catalog::InstanceType* type = only_type(node);
    if (type == nullptr || type->accelerators.maker != "nvidia" || !node.image_type || !node.images.empty()) continue;
    if (node.image_type->find("NVIDIA") != std::string::npos) continue;
    judge.find(node.image_type.where, node.name,
               format("{} has GPUs, and images of type {} have no driver for them", type->name, *node.image_type));
  }
}

/// The tag of an image; "latest" when it has none. A digest pins it.
std::string tag_of(const std::string& image) {
  if (image.find('@') != std::string::npos) return "digest";
  const size_t slash = image.rfind('/');
  const size_t colon = image.find(':', slash == std::string::npos ? 0 : slash);
  return colon == std::string::npos ? "latest" : image.substr(colon + 1);
}

void check_pinned(const Model& model, Judge& judge) {
  for (const ContainerJob& job : model.jobs) {
    if (!job.image || tag_of(*job.image) != "latest") continue;
    judge.find(job.image.where, job.name, format("{} is whatever its maker pushed last", *job.image));
  }
}

constexpr std::string_view kOs = "AWS ParallelCluster User Guide, Image section, Os";

constexpr Rule kRules[] = {
    {"os-support", Level::kError, "The operating system is supported", "use ubuntu2204, ubuntu2404 or alinux2023", kOs,
     check_os},
    {"os-architecture", Level::kError, "The operating system comes for the instance's processor",
     "choose another system or type", kOs, check_os_architecture},
    {"image-architecture", Level::kError, "The image is for the instance's processor",
     "use the image of the other architecture", "EC2 API Reference, DescribeImages", check_image_architecture},
    {"image-known", Level::kError, "The account sees the image", "share the image, or copy it into the region",
     "EC2 API Reference, DescribeImages", check_image_known},
    {"image-path", Level::kError, "An image is an id, not the path of an SSM parameter",
     "write {{resolve:ssm:PATH}}, or a parameter of type AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
     "CloudFormation User Guide, Get a plaintext value from Systems Manager Parameter Store", check_path},
    {"image-neuron", Level::kError, "Trainium and Inferentia start from an image with Neuron",
     "use a Deep Learning AMI Neuron",
     "AWS Neuron documentation, Neuron driver; AWS ParallelCluster User Guide, CustomAmi", check_neuron},
    {"image-gpu", Level::kError, "GPU instances of AWS Batch start from an image with the driver",
     "use ECS_AL2023_NVIDIA", "AWS Batch API Reference, Ec2Configuration", check_gpu_image},
    {"image-unpinned", Level::kWarning, "A container image is pinned", "name a version, or a digest",
     "Docker documentation, Building best practices, pin base image versions", check_pinned},
};

}  // namespace

std::span<const Rule> image_rules() { return kRules; }

}  // namespace trireme::cloud
