#include "trireme/telemetry/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>

#include "trireme/core/environment.h"
#include "trireme/core/error.h"
#include "trireme/core/log.h"

namespace trireme::telemetry {

namespace {

static_assert(std::endian::native == std::endian::little, "protobuf and TFRecord are little-endian");

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[byte] = crc;
  }
  return table;
}();

template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// TFRecord's checksum: rotated and shifted, so that a CRC of data that holds CRCs stays strong.
std::string masked_crc(std::string_view bytes) {
  return bytes_of<uint32_t>(std::rotr(crc32c(bytes), 15) + 0xa282ead8u);
}

// The protobuf wire format, as far as it is used here.

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}
std::string varint_field(int number, int64_t value) {
  return varint(static_cast<uint64_t>(number) << 3) + varint(static_cast<uint64_t>(value));
}
std::string double_field(int number, double value) {
  return varint(static_cast<uint64_t>(number) << 3 | 1) + bytes_of(value);
}
std::string bytes_field(int number, std::string_view value) {
  return varint(static_cast<uint64_t>(number) << 3 | 2) + varint(value.size()) + std::string(value);
}
std::string float_field(int number, float value) {
  return varint(static_cast<uint64_t>(number) << 3 | 5) + bytes_of(value);
}

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Event.wall_time and Event.step.
std::string event_at(int64_t step) { return double_field(1, wall_time()) + varint_field(2, step); }

/// Event.session_log with SessionLog.status START: the steps from here on are told anew.
std::string session_start(int64_t step) { return event_at(step) + bytes_field(7, varint_field(1, 1)); }

fs::path file_in(const fs::path& folder) {
  return folder / format("events.out.tfevents.{}.{}.{}", static_cast<int64_t>(wall_time()), host_name(), ::getpid());
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = 0xffffffffu;
  for (const char byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff];
  return ~crc;
}

TensorBoardWriter::TensorBoardWriter(const fs::path& folder, int64_t first_step)
    : path_(file_in(folder)), fd_(open_file(path_, O_WRONLY | O_CREAT | O_APPEND)) {
  write_record(double_field(1, wall_time()) + bytes_field(3, "brain.Event:2"));
  if (first_step > 1) write_record(session_start(first_step));
}

void TensorBoardWriter::add(int64_t step, std::span<const Scalar> scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    if (!std::isfinite(value)) continue;
    summary += bytes_field(1, bytes_field(1, tag) + float_field(2, static_cast<float>(value)));
  }
  if (!summary.empty()) write_record(event_at(step) + bytes_field(5, summary));
}

void TensorBoardWriter::write_record(const std::string& event) {
  if (failed_) return;
  const std::string length = bytes_of<uint64_t>(event.size());
  try {
    write_all(fd_.get(), length + masked_crc(length) + event + masked_crc(event), path_);
  } catch (const IoError& error) {
    failed_ = true;  // a torn record ends what TensorBoard reads, so nothing may follow it
    log_warning("{}; this TensorBoard file ends here, the run goes on", error.what());
  }
}

}  // namespace trireme::telemetry
