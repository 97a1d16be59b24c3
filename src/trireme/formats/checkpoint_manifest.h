#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "trireme/core/dtype.h"
#include "trireme/core/file.h"
#include "trireme/formats/piece_overlap.h"

/// A checkpoint folder's manifest.json: docs/formats/checkpoint.md.
namespace trireme::formats {

/// Where a run stands, besides tensors. What a resumed run must agree with is kept as identities.
struct TrainingState {
  int64_t step = 0;  // steps taken, skipped ones included
  int64_t tokens_seen = 0;
  int64_t next_sample = 0;  // global sample index of the next step's first sequence
  int64_t skipped_steps = 0;
  int64_t optimizer_steps = 0;  // updates applied
  std::string data_identity;
  std::string tokenizer_hash;
  std::string recipe_digest;
  std::string model_config;         // JSON text of a Hugging Face config.json; may be empty
  std::string adapter_config = {};  // JSON text of PEFT's adapter_config.json; empty: the tensors are the whole model

  bool operator==(const TrainingState&) const = default;
};

/// One safetensors file, with the XXH3 of each of its runs of kChecksumBytes bytes.
struct ManifestFile {
  std::string name;
  int64_t bytes = 0;
  std::vector<std::string> checksums;
};

/// Bytes that one checksum covers: a reader of a part verifies just what it read.
inline constexpr int64_t kChecksumBytes = int64_t{1} << 20;

/// Where a part of a tensor lies: from byte `offset` of file number `file`.
struct ManifestPiece {
  int64_t file = 0;
  int64_t offset = 0;
  PieceRange range;
};

struct ManifestTensor {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::vector<ManifestPiece> pieces;
};

struct CheckpointManifest {
  TrainingState state;
  std::vector<ManifestFile> files;
  std::map<std::string, ManifestTensor> tensors;
};

inline constexpr const char* kManifestName = "manifest.json";

/// Text of manifest.json, with a checksum of itself.
std::string manifest_text(const CheckpointManifest& manifest);
/// Throws FormatError naming `source` and what is wrong: not JSON, another format or version, a checksum that does not
/// hold, pieces outside their file or tensor.
CheckpointManifest parse_manifest(std::string_view text, const std::string& source);
/// FOLDER/manifest.json. Throws IoError when it is missing.
CheckpointManifest read_manifest(const fs::path& folder);

}  // namespace trireme::formats
