#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/core/plain_name.h"
#include "trireme/data/documents/mds_documents.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

using formats::JsonObject;
using nlohmann::json;

namespace {

constexpr const char* kIndexName = "index.json";

fs::path index_path(const std::string& folder) {
  const fs::path path = fs::path(folder) / kIndexName;
  if (!fs::exists(path)) {
    throw IoError(
        format("{}: is a folder without {}; name the files in it, or a folder of MDS shards", folder, kIndexName));
  }
  return path;
}

fs::path file_of(const JsonObject& shard, const char* key, const std::string& folder) {
  const std::string name = shard.object(key).text("basename");
  if (!is_plain_name(name)) shard.fail(key, format("\"{}\" is not a file of the folder", name));
  return fs::path(folder) / name;
}

MdsShard read_shard(const JsonObject& shard, const std::string& folder) {
  const std::string kind = shard.text_or("format", "");
  if (kind != "mds") shard.fail("format", format("\"{}\" is not supported, only mds", kind));
  const int64_t version = shard.integer("version");
  if (version != 2) shard.fail("version", format("is {}, supported is 2", version));
  MdsShard result{file_of(shard, "raw_data", folder), shard.integer("samples"),
                  shard.object("raw_data").integer("bytes")};
  const std::string compression = shard.text_or("compression", "");
  if (compression.empty() || fs::exists(result.path)) return result;
  if (compression.substr(0, compression.find(':')) != "zstd") {
    shard.fail("compression", format("\"{}\" is not supported, only zstd", compression));
  }
  result.path = file_of(shard, "zip_data", folder);
  return result;
}

void read_columns(const JsonObject& shard, const std::string& column, MdsIndex& index) {
  const json& names = shard.at("column_names");
  const json& encodings = shard.at("column_encodings");
  const json& sizes = shard.at("column_sizes");
  if (!names.is_array() || !encodings.is_array() || !sizes.is_array() || names.size() != encodings.size() ||
      names.size() != sizes.size()) {
    shard.fail("column_names", "is not of the length of column_encodings and column_sizes");
  }
  std::string known;
  for (size_t i = 0; i < names.size(); ++i)
    known += format("{}{} ({})", i ? ", " : "", names[i].dump(), encodings[i].dump());
  const auto found = std::find(names.begin(), names.end(), json(column));
  if (found == names.end()) {
    shard.fail("column_names", format("no column \"{}\"; name one by --jsonl-key: {}", column, known));
  }
  index.text_column = static_cast<size_t>(found - names.begin());
  if (encodings[index.text_column] != "str") {
    shard.fail("column_encodings", format("the column \"{}\" holds no text but {}; name one of encoding \"str\" by "
                                          "--jsonl-key, there is: {}; columns of tokens are not read",
                                          column, encodings[index.text_column].dump(), known));
  }
  for (const json& size : sizes) {
    if (!size.is_null() && !size.is_number_unsigned()) shard.fail("column_sizes", format("{} is no size", size.dump()));
    index.column_sizes.push_back(size.is_null() ? std::nullopt : std::optional(size.get<int64_t>()));
  }
}

/// Calls take(shard) for each entry of index.json.
template <class Take>
void for_each_shard(const std::string& folder, Take take) {
  const fs::path path = index_path(folder);
  const json value = formats::read_json(path);
  const JsonObject index(value, path.string());
  const json& shards = index.at("shards");
  if (!shards.is_array() || shards.empty()) index.fail("shards", "is no list of shards");
  for (size_t i = 0; i < shards.size(); ++i) take(JsonObject(shards[i], path.string(), format("shards.{}", i)));
}

}  // namespace

MdsIndex read_mds_index(const std::string& folder, const std::string& column) {
  MdsIndex index;
  json columns;
  for_each_shard(folder, [&](const JsonObject& shard) {
    index.shards.push_back(read_shard(shard, folder));
    const json these = {shard.at("column_names"), shard.at("column_encodings"), shard.at("column_sizes")};
    if (columns.is_null()) read_columns(shard, column, index);
    if (!columns.is_null() && these != columns) shard.fail("column_names", "other columns than in the first shard");
    columns = these;
  });
  return index;
}

int64_t mds_bytes(const std::string& folder) {
  int64_t bytes = 0;
  for_each_shard(folder, [&](const JsonObject& shard) {
    const MdsShard read = read_shard(shard, folder);
    std::error_code problem;
    const auto size = fs::file_size(read.path, problem);
    if (problem) throw IoError(format("{}: {}, though index.json lists it", read.path, problem.message()));
    bytes += static_cast<int64_t>(size);
  });
  return bytes;
}

}  // namespace trireme::data
