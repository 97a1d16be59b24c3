#include "trireme/formats/checkpoint_manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "trireme/core/error.h"
#include "trireme/core/hash.h"
#include "trireme/core/plain_name.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/json_file.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

constexpr const char* kFormat = "trireme-checkpoint";
constexpr int64_t kVersion = 1;
constexpr const char* kChecksumKey = "manifest_checksum";
constexpr size_t kChecksumDigits = 32;  // of a content_hash

json to_json(const TrainingState& state) {
  return {{"step", state.step},
          {"tokens_seen", state.tokens_seen},
          {"next_sample", state.next_sample},
          {"skipped_steps", state.skipped_steps},
          {"optimizer_steps", state.optimizer_steps},
          {"data_identity", state.data_identity},
          {"tokenizer_hash", state.tokenizer_hash},
          {"recipe_digest", state.recipe_digest},
          {"model_config", state.model_config},
          {"adapter_config", state.adapter_config}};
}

TrainingState read_state(const JsonObject& object) {
  return {.step = object.integer("step"),
          .tokens_seen = object.integer("tokens_seen"),
          .next_sample = object.integer("next_sample"),
          .skipped_steps = object.integer("skipped_steps"),
          .optimizer_steps = object.integer("optimizer_steps"),
          .data_identity = object.text("data_identity"),
          .tokenizer_hash = object.text("tokenizer_hash"),
          .recipe_digest = object.text("recipe_digest"),
          .model_config = object.text("model_config"),
          .adapter_config = object.text_or("adapter_config", "")};
}

json to_json(const ManifestTensor& tensor) {
  json pieces = json::array();
  for (const ManifestPiece& piece : tensor.pieces) {
    json entry = {
        {"file", piece.file}, {"offset", piece.offset}, {"first", piece.range.first}, {"count", piece.range.count}};
    if (!piece.range.box_shape.empty()) {
      entry["box_offsets"] = piece.range.box_offsets;
      entry["box_shape"] = piece.range.box_shape;
    }
    pieces.push_back(std::move(entry));
  }
  return {{"dtype", name_of(tensor.dtype)}, {"shape", tensor.shape}, {"pieces", std::move(pieces)}};
}

std::vector<int64_t> read_sizes(const JsonObject& object, const std::string& key) {
  const JsonView list = object.list(key);
  std::vector<int64_t> sizes;
  sizes.reserve(std::min(list.size(), kMaxDimensions));
  for (const JsonView& item : list.elements()) {
    const auto size = item.integer();
    if (!size || *size < 0) object.fail(key, "expected whole numbers");
    if (sizes.size() == kMaxDimensions) object.fail(key, format("more than {} numbers", kMaxDimensions));
    sizes.push_back(*size);
  }
  return sizes;
}

std::vector<int64_t> read_shape(const JsonObject& object, const std::string& key, DType dtype) {
  std::vector<int64_t> shape = read_sizes(object, key);
  if (TensorInfo{{}, dtype, shape}.checked_bytes() < 0) {
    object.fail(key, format("{} has more bytes than can be counted", shape_text(shape)));
  }
  return shape;
}

ManifestFile read_file_entry(const JsonObject& object) {
  ManifestFile file{object.text("name"), object.integer("bytes"), {}};
  if (!is_plain_name(file.name))
    object.fail("name", format("\"{}\" is not a file of the folder", shortened(file.name)));
  const JsonView checksums = object.list("checksums");
  file.checksums.reserve(checksums.size_if_each_has(kChecksumDigits));
  for (const JsonView& checksum : checksums.elements()) {
    if (!checksum.is_string() || checksum.text().size() != kChecksumDigits + 2) {
      object.fail("checksums", format("{} is none", checksum.shown()));
    }
    file.checksums.push_back(checksum.string());
  }
  if (file.bytes < 0 ||
      static_cast<int64_t>(file.checksums.size()) != file.bytes / kChecksumBytes + (file.bytes % kChecksumBytes != 0)) {
    object.fail("checksums", format("{} for {} bytes", file.checksums.size(), file.bytes));
  }
  return file;
}

int64_t numel(const std::vector<int64_t>& shape) { return TensorInfo{{}, DType::kU8, shape}.numel(); }

ManifestPiece read_piece(const JsonObject& object, const ManifestTensor& tensor,
                         const std::vector<ManifestFile>& files) {
  ManifestPiece piece{object.integer("file"), object.integer("offset"), {}};
  PieceRange& range = piece.range;
  range.first = object.integer("first");
  range.count = object.integer("count");
  if (object.has("box_shape")) {
    range.box_offsets = read_sizes(object, "box_offsets");
    range.box_shape = read_shape(object, "box_shape", tensor.dtype);
    if (range.box_shape.size() != tensor.shape.size() || range.box_offsets.size() != tensor.shape.size()) {
      object.fail("box_shape", "has another number of dimensions than the tensor");
    }
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
      if (range.box_offsets[i] > tensor.shape[i] - range.box_shape[i]) {
        object.fail("box_shape", format("{} at {} reaches out of the tensor's {}", shape_text(range.box_shape),
                                        shape_text(range.box_offsets), shape_text(tensor.shape)));
      }
    }
  }
  const int64_t available = numel(range.box_shape.empty() ? tensor.shape : range.box_shape);
  if (range.first < 0 || range.count < 0 || range.count > available - range.first) {
    object.fail("count", format("{} from {} on, of {} elements", range.count, range.first, available));
  }
  if (piece.file < 0 || piece.file >= static_cast<int64_t>(files.size())) object.fail("file", "is no number of a file");
  const int64_t bytes = files[static_cast<size_t>(piece.file)].bytes;
  if (piece.offset < 0 || range.count * size_of(tensor.dtype) > bytes - piece.offset) {
    object.fail("offset", format("the piece ends past the {} bytes of its file", bytes));
  }
  return piece;
}

ManifestTensor read_tensor(const JsonObject& object, const std::vector<ManifestFile>& files) {
  const auto dtype = dtype_from_name(object.text("dtype"));
  if (!dtype) object.fail("dtype", format("{} is unknown", object.at("dtype").shown()));
  ManifestTensor tensor{*dtype, read_shape(object, "shape", *dtype), {}};
  const JsonView pieces = object.list("pieces");
  constexpr std::string_view kLeast = R"({"file":0,"offset":0,"first":0,"count":0})";
  tensor.pieces.reserve(pieces.size_if_each_has(kLeast.size()));
  for (const JsonView& piece : pieces.elements()) {
    tensor.pieces.push_back(read_piece(JsonObject(piece, object.source(), "piece"), tensor, files));
  }
  return tensor;
}

/// Of the manifest as manifest_text dumps it before it has a checksum: without blanks, keys in order.
std::string checksum_of(const JsonObject& manifest) {
  ContentHasher hasher;
  const auto put = [&](std::string_view part) { hasher.update(part); };
  std::string_view before = "{";
  for (const auto& [key, value] : manifest.members()) {
    if (key.says(kChecksumKey)) continue;
    put(before), put(key.text()), put(":");
    value.for_each_dense_part(put);
    before = ",";
  }
  put("}");
  return hasher.hex();
}

/// The version comes before everything else, so that a later format is named as such.
void check_version_and_checksum(const JsonObject& manifest) {
  const std::string& source = manifest.source();
  if (manifest.text_or("format", "") != kFormat)
    throw FormatError(format("{}: not a manifest of a checkpoint", source));
  if (manifest.integer("version") != kVersion) {
    throw FormatError(format("{}: version {} is unknown; this trireme reads version {}", source,
                             manifest.integer("version"), kVersion));
  }
  if (checksum_of(manifest) != manifest.text(kChecksumKey))
    throw FormatError(format("{}: checksum does not hold: damaged", source));
}

}  // namespace

std::string manifest_text(const CheckpointManifest& manifest) {
  json files = json::array(), tensors = json::object();
  for (const ManifestFile& file : manifest.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"checksums", file.checksums}});
  }
  for (const auto& [name, tensor] : manifest.tensors) tensors[name] = to_json(tensor);
  json value = {{"format", kFormat},
                {"version", kVersion},
                {"checksum_bytes", kChecksumBytes},
                {"state", to_json(manifest.state)},
                {"files", std::move(files)},
                {"tensors", std::move(tensors)}};
  value[kChecksumKey] = content_hash(value.dump());
  return value.dump(1) + "\n";
}

CheckpointManifest parse_manifest(std::string_view text, const std::string& source) {
  const JsonObject object(JsonView(text, source), source);
  check_version_and_checksum(object);
  if (object.integer("checksum_bytes") != kChecksumBytes)
    object.fail("checksum_bytes", format("is not {}", kChecksumBytes));
  CheckpointManifest manifest;
  manifest.state = read_state(object.object("state"));
  const JsonView files = object.list("files");
  constexpr std::string_view kLeast = R"({"name":"a","bytes":0,"checksums":[]})";
  manifest.files.reserve(files.size_if_each_has(kLeast.size()));
  for (const JsonView& file : files.elements()) {
    manifest.files.push_back(read_file_entry(JsonObject(file, source, "files")));
  }
  for (const auto& [key, value] : object.object("tensors").members()) {
    const std::string name = key.string();
    const JsonObject tensor(value, source, "tensors." + name);
    if (manifest.tensors.contains(name)) object.fail("tensors", format("{} is there twice", shortened(name)));
    manifest.tensors[name] = read_tensor(tensor, manifest.files);
  }
  return manifest;
}

CheckpointManifest read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  return parse_manifest(read_file(path), path.string());
}

}  // namespace trireme::formats
