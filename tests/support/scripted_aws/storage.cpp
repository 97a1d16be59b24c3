// FSx and RDS.
#include <algorithm>

#include "commands.h"
#include "ec2_resources.h"
#include "trireme/core/format.h"

namespace scripted_aws {

namespace {

using trireme::format;

Json file_system(World& world, const Json& r) {
  const Json& properties = r["properties"];
  Json out = {{"FileSystemId", r["id"]},
              {"FileSystemType", get(properties, "FileSystemType")},
              {"Lifecycle", "AVAILABLE"},
              {"OwnerId", world.account()},
              {"CreationTime", r["created"]},
              {"ResourceARN", r["attributes"]["ResourceARN"]},
              {"DNSName", r["attributes"]["DNSName"]},
              {"SubnetIds", get(properties, "SubnetIds")},
              {"Tags", tags_of(world, r)}};
  if (const Json& capacity = get(properties, "StorageCapacity"); !capacity.is_null())
    out["StorageCapacity"] = std::stoi(text_of(capacity));
  if (out["FileSystemType"] == "LUSTRE")
    out["LustreConfiguration"] = {{"MountName", r["attributes"]["LustreMountName"]}};
  if (out["FileSystemType"] == "OPENZFS")
    out["OpenZFSConfiguration"] = {{"RootVolumeId", r["attributes"]["RootVolumeId"]}};
  return out;
}

Json file_systems(World& world, const Request& request) {
  const Json all = converted(world, "AWS::FSx::FileSystem", file_system);
  const std::vector<std::string> ids = request.list("file-system-ids");
  Json out = {{"FileSystems", ids.empty() ? all : Json::array()}};
  for (const std::string& id : ids) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Json& each) { return each["FileSystemId"] == id; });
    if (found == all.end()) throw AwsError("FileSystemNotFound", format("File system '{}' does not exist.", id));
    out["FileSystems"].push_back(*found);
  }
  return paginate(request, out, "FileSystems");
}

Json clusters(World& world, const Request& request) {
  const auto wanted = request.text("db-cluster-identifier");
  Json out = {{"DBClusters", Json::array()}};
  for (const Json& each : converted(world, "AWS::RDS::DBCluster", [](World&, const Json& r) -> Json {
         return {{"DBClusterIdentifier", r["id"]},
                 {"Engine", get(r["properties"], "Engine")},
                 {"Status", "available"},
                 {"DBClusterArn", r["attributes"]["DBClusterArn"]},
                 {"Endpoint", r["attributes"]["Endpoint.Address"]},
                 {"Port", std::stoi(text_of(r["attributes"]["Endpoint.Port"]))}};
       })) {
    if (!wanted || each["DBClusterIdentifier"] == *wanted) out["DBClusters"].push_back(each);
  }
  if (wanted && out["DBClusters"].empty())
    throw AwsError("DBClusterNotFoundFault", format("DBCluster {} not found.", *wanted));
  return paginate(request, out, "DBClusters");
}

Json engine_versions(World& world, const Request& request) {
  const auto engine = request.text("engine"), version = request.text("engine-version");
  Json out = {{"DBEngineVersions", Json::array()}};
  for (const Json& each : world["db_engine_versions"]) {
    if ((!engine || each["Engine"] == *engine) && (!version || each["EngineVersion"] == *version))
      out["DBEngineVersions"].push_back(each);
  }
  return paginate(request, out, "DBEngineVersions");
}

}  // namespace

void add_storage(Commands& commands) {
  commands["fsx.describe-file-systems"] = file_systems;
  commands["rds.describe-db-clusters"] = clusters;
  commands["rds.describe-db-engine-versions"] = engine_versions;
}

}  // namespace scripted_aws
