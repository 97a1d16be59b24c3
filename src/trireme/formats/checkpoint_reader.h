#pragma once

#include <span>

#include "trireme/formats/checkpoint_manifest.h"
#include "trireme/formats/state_piece.h"

namespace trireme::formats {

/// A complete checkpoint, read in whatever pieces the caller holds. Bytes are verified as they are read.
class CheckpointReader {
 public:
  /// Reads the manifest. Throws FormatError naming it when it is missing or damaged, IoError when it can't be read.
  explicit CheckpointReader(fs::path folder);

  const fs::path& folder() const { return folder_; }
  const CheckpointManifest& manifest() const { return manifest_; }

  /// Fills every piece's bytes, reading only the parts of the files that they need. No two pieces may share an element.
  /// Throws ConfigError when a tensor is absent or has another shape or dtype: the run asks for another model or
  /// optimizer; FormatError naming the file that is missing, truncated or damaged; IoError naming the one that the
  /// system does not let it read: that one may be whole.
  void read(std::span<const StatePiece> pieces) const;

 private:
  struct Copy;
  std::vector<std::vector<Copy>> plan(std::span<const StatePiece> pieces) const;

  fs::path folder_;
  CheckpointManifest manifest_;
};

}  // namespace trireme::formats
