#include <array>

#include "trireme/core/error.h"
#include "trireme/core/plain_name.h"
#include "trireme/core/utf8.h"
#include "trireme/data/documents/mds_documents.h"
#include "trireme/formats/json_file.h"

namespace trireme::data {

using formats::JsonObject;
using formats::JsonView;

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
  if (!is_plain_name(name)) shard.fail(key, format("\"{}\" is not a file of the folder", shortened(name)));
  return fs::path(folder) / name;
}

MdsShard read_shard(const JsonObject& shard, const std::string& folder) {
  const std::string kind = shard.text_or("format", "");
  if (kind != "mds") shard.fail("format", format("\"{}\" is not supported, only mds", shortened(kind)));
  const int64_t version = shard.integer("version");
  if (version != 2) shard.fail("version", format("is {}, supported is 2", version));
  MdsShard result{file_of(shard, "raw_data", folder), shard.integer("samples"),
                  shard.object("raw_data").integer("bytes")};
  const std::string compression = shard.text_or("compression", "");
  if (compression.empty() || fs::exists(result.path)) return result;
  if (compression.substr(0, compression.find(':')) != "zstd") {
    shard.fail("compression", format("\"{}\" is not supported, only zstd", shortened(compression)));
  }
  result.path = file_of(shard, "zip_data", folder);
  return result;
}

/// `"text" ("str"), "id" ("int")`, cut when it is long. REQUIRES: as many encodings as names.
std::string columns_of(const JsonObject& shard) {
  constexpr size_t kShown = 20;
  std::string known;
  auto encoding = shard.list("column_encodings").elements().begin();
  for (size_t i = 0; const JsonView& name : shard.list("column_names").elements()) {
    if (i == kShown) return known + ", …";
    known += format("{}{} ({})", i++ ? ", " : "", name.shown(), (*encoding).shown());
    ++encoding;
  }
  return known;
}

void read_columns(const JsonObject& shard, const std::string& column, MdsIndex& index) {
  const JsonView names = shard.list("column_names"), encodings = shard.list("column_encodings"),
                 sizes = shard.list("column_sizes");
  const size_t columns = names.size();
  if (encodings.size() != columns || sizes.size() != columns) {
    shard.fail("column_names", "is not of the length of column_encodings and column_sizes");
  }
  JsonView encoding;
  auto encoding_of = encodings.elements().begin();
  index.text_column = columns;
  for (size_t i = 0; const JsonView& name : names.elements()) {
    if (index.text_column == columns && name.says(column)) index.text_column = i, encoding = *encoding_of;
    ++i, ++encoding_of;
  }
  if (index.text_column == columns) {
    shard.fail("column_names", format("no column \"{}\"; name one by --jsonl-key: {}", column, columns_of(shard)));
  }
  if (!encoding.says("str")) {
    shard.fail("column_encodings", format("the column \"{}\" holds no text but {}; name one of encoding \"str\" by "
                                          "--jsonl-key, there is: {}; columns of tokens are not read",
                                          column, encoding.shown(), columns_of(shard)));
  }
  index.column_sizes.reserve(columns);
  for (const JsonView& size : sizes.elements()) {
    const auto bytes = size.integer();
    if (!size.is_null() && (!bytes || *bytes < 0)) shard.fail("column_sizes", format("{} is no size", size.shown()));
    index.column_sizes.push_back(bytes);
  }
}

/// Calls take(shard) for each entry of index.json.
template <class Take>
void for_each_shard(const std::string& folder, Take take) {
  const fs::path path = index_path(folder);
  const formats::JsonFile file(path);
  const JsonObject index(file.value(), path.string());
  const JsonView shards = index.at("shards");
  if (!shards.is_array() || shards.size() == 0) index.fail("shards", "is no list of shards");
  for (size_t i = 0; const JsonView& shard : shards.elements()) {
    take(JsonObject(shard, path.string(), format("shards.{}", i++)));
  }
}

}  // namespace

MdsIndex read_mds_index(const std::string& folder, const std::string& column) {
  MdsIndex index;
  std::array<std::string_view, 3> columns;  // of the first shard, as they are written
  for_each_shard(folder, [&](const JsonObject& shard) {
    index.shards.push_back(read_shard(shard, folder));
    const std::array these = {shard.at("column_names").text(), shard.at("column_encodings").text(),
                              shard.at("column_sizes").text()};
    if (index.shards.size() == 1) read_columns(shard, column, index), columns = these;
    if (these != columns) shard.fail("column_names", "other columns than in the first shard");
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
