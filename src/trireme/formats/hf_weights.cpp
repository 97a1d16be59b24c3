#include "trireme/formats/hf_weights.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trireme/core/error.h"
#include "trireme/core/plain_name.h"
#include "trireme/formats/json_file.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

std::string shard_name(size_t shard, size_t count) {
  std::ostringstream name;
  name << "model-" << std::setfill('0') << std::setw(5) << shard + 1 << "-of-" << std::setw(5) << count
       << ".safetensors";
  return name.str();
}

}  // namespace

bool HfWeights::present(const fs::path& folder) {
  return fs::exists(folder / kSingleFile) || fs::exists(folder / kIndexFile);
}

HfWeights::HfWeights(const fs::path& folder) {
  if (fs::exists(folder / kIndexFile)) {
    open_shards(folder);
  } else if (fs::exists(folder / kSingleFile)) {
    files_.push_back(std::make_unique<SafetensorsFile>(folder / kSingleFile));
    add(*files_.back());
  } else {
    throw FormatError(
        format("{}: neither {} nor {}; pickled .bin weights are not read", folder.string(), kSingleFile, kIndexFile));
  }
}

void HfWeights::open_shards(const fs::path& folder) {
  const fs::path index_path = folder / kIndexFile;
  const JsonFile index(index_path);
  const JsonObject weight_map = JsonObject(index.value(), index_path.string()).object("weight_map");
  std::map<std::string, std::string> file_of;
  std::map<std::string, const SafetensorsFile*> opened;
  for (const auto& [key, value] : weight_map.members()) {
    const std::string name = key.string();
    if (!value.is_string()) weight_map.fail(name, format("expected a string, got {}", value.shown()));
    const std::string file = value.string();
    if (!is_plain_name(file)) weight_map.fail(name, format("\"{}\" is not a file of the folder", file));
    file_of[name] = file;
    if (opened.contains(file)) continue;
    files_.push_back(std::make_unique<SafetensorsFile>(folder / file));
    opened[file] = files_.back().get();
  }
  for (const auto& [name, file] : file_of) {
    if (!opened.at(file)->find(name)) {
      throw FormatError(format("{}: {} is not in {}, where the index has it", index_path.string(), name, file));
    }
  }
  for (const auto& file : files_) {
    for (const TensorView& tensor : file->tensors()) {
      if (!file_of.contains(tensor.name)) {
        throw FormatError(format("{}: {} is not in the index", file->path().string(), tensor.name));
      }
    }
    add(*file);
  }
}

void HfWeights::add(const SafetensorsFile& file) {
  for (const TensorView& tensor : file.tensors()) {
    if (!by_name_.emplace(tensor.name, tensors_.size()).second) {
      throw FormatError(format("{}: {} is in another shard too", file.path().string(), tensor.name));
    }
    tensors_.push_back(tensor);
  }
}

const TensorView* HfWeights::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

HfWeightsWriter::HfWeightsWriter(fs::path folder, std::vector<TensorInfo> tensors, int64_t max_shard_bytes)
    : folder_(std::move(folder)), tensors_(std::move(tensors)) {
  cut_into_shards(max_shard_bytes);
}

void HfWeightsWriter::cut_into_shards(int64_t max_shard_bytes) {
  shards_.push_back({});
  int64_t bytes = 0;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const int64_t more = tensors_[i].num_bytes();
    if (bytes > 0 && bytes + more > max_shard_bytes) {
      shards_.push_back({"", i, i});
      bytes = 0;
    }
    bytes += more;
    shards_.back().end = i + 1;
  }
  for (size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].file = shards_.size() == 1 ? kSingleFile : shard_name(i, shards_.size());
  }
}

void HfWeightsWriter::write(std::span<const std::byte> bytes) {
  TRIREME_CHECK(next_tensor_ < tensors_.size(), "all {} tensors are written", tensors_.size());
  TRIREME_CHECK(static_cast<int64_t>(bytes.size()) == tensors_[next_tensor_].num_bytes(), "{}: {} bytes, expected {}",
                tensors_[next_tensor_].name, bytes.size(), tensors_[next_tensor_].num_bytes());
  const Shard& shard = shards_[next_shard_];
  if (!writer_) {
    const std::span<const TensorInfo> members(&tensors_[shard.first], shard.end - shard.first);
    const std::map<std::string, std::string> metadata = {{"format", "pt"}};  // transformers refuses a file without
    writer_ = std::make_unique<SafetensorsWriter>(folder_ / shard.file, members, metadata);
  }
  writer_->write(bytes);
  if (++next_tensor_ < shard.end) return;
  writer_->finish();
  writer_.reset();
  ++next_shard_;
}

void HfWeightsWriter::finish() {
  TRIREME_CHECK(next_tensor_ == tensors_.size(), "wrote {} of {} tensors", next_tensor_, tensors_.size());
  if (shards_.size() > 1) write_index();
}

void HfWeightsWriter::write_index() const {
  json index = {{"metadata", {{"total_size", 0}}}, {"weight_map", json::object()}};
  int64_t total = 0;
  for (const Shard& shard : shards_) {
    for (size_t i = shard.first; i < shard.end; ++i) {
      index["weight_map"][tensors_[i].name] = shard.file;
      total += tensors_[i].num_bytes();
    }
  }
  index["metadata"]["total_size"] = total;
  write_file_atomic(folder_ / kIndexFile, pretty_json(index));
}

}  // namespace trireme::formats
