#pragma once

#include <span>
#include <string>
#include <utility>

#include "trireme/core/file.h"

namespace trireme::telemetry {

/// Scalars in TensorBoard's event file format, one file a start of the run. A full disk is told once and ends the
/// file; the run goes on.
///
/// Format: TFRecord framing (tensorflow/core/lib/io/record_writer.h) of `Event` protobufs (tensorflow/core/util/
/// event.proto), with masked CRC-32C checksums.
class TensorBoardWriter {
 public:
  using Scalar = std::pair<std::string, double>;  // tag, value

  /// Creates folder/events.out.tfevents.TIME.HOST.PID. With `first_step` above 1, TensorBoard drops what earlier files
  /// of the folder say about that step and later ones. Throws IoError.
  TensorBoardWriter(const fs::path& folder, int64_t first_step);

  /// Values that are not finite are left out.
  void add(int64_t step, std::span<const Scalar> scalars);

 private:
  void write_record(const std::string& event);

  fs::path path_;
  UniqueFd fd_;
  bool failed_ = false;
};

/// CRC-32C (Castagnoli), as iSCSI and TFRecord use it.
uint32_t crc32c(std::string_view bytes);

}  // namespace trireme::telemetry
