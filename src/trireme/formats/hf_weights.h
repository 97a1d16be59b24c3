#pragma once

#include <memory>

#include "trireme/formats/safetensors.h"

/// The weights of a Hugging Face folder: model.safetensors, or shards listed in model.safetensors.index.json.
namespace trireme::formats {

/// All shards, mapped. Throws IoError or FormatError naming file and tensor: a shard that is missing, a tensor that
/// its shard lacks, one that the index does not list.
class HfWeights {
 public:
  explicit HfWeights(const fs::path& folder);

  /// In the order of the shards and of their data.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// Null when absent.
  const TensorView* find(const std::string& name) const;

  /// Whether the folder holds either file.
  static bool present(const fs::path& folder);

 private:
  void open_shards(const fs::path& folder);
  void add(const SafetensorsFile& file);

  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::vector<TensorView> tensors_;
  std::map<std::string, size_t> by_name_;
};

/// Streams tensors that are known in advance into a folder, as one file or as shards of at most `max_shard_bytes`
/// (a larger tensor gets a shard of its own) with their index.
class HfWeightsWriter {
 public:
  HfWeightsWriter(fs::path folder, std::vector<TensorInfo> tensors, int64_t max_shard_bytes);
  /// The whole of the next tensor. REQUIRES: bytes.size() is the tensor's.
  void write(std::span<const std::byte> bytes);
  /// REQUIRES: every tensor was written.
  void finish();

 private:
  struct Shard {
    std::string file;
    size_t first = 0;  // tensors [first, end)
    size_t end = 0;
  };
  void cut_into_shards(int64_t max_shard_bytes);
  void write_index() const;

  fs::path folder_;
  std::vector<TensorInfo> tensors_;
  std::vector<Shard> shards_;
  std::unique_ptr<SafetensorsWriter> writer_;
  size_t next_tensor_ = 0;
  size_t next_shard_ = 0;
};

}  // namespace trireme::formats
