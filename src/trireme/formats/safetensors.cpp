#include "trireme/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "trireme/core/error.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/json_file.h"

namespace trireme::formats {

using nlohmann::json;

namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation

constexpr std::array<std::pair<DType, std::string_view>, 11> kDtypeNames = {{
    {DType::kF64, "F64"},
    {DType::kF32, "F32"},
    {DType::kF16, "F16"},
    {DType::kBF16, "BF16"},
    {DType::kI64, "I64"},
    {DType::kI32, "I32"},
    {DType::kI16, "I16"},
    {DType::kI8, "I8"},
    {DType::kU8, "U8"},
    {DType::kU16, "U16"},
    {DType::kBool, "BOOL"},
}};

std::string_view safetensors_name(DType dtype) {
  for (const auto& [value, name] : kDtypeNames) {
    if (value == dtype) return name;
  }
  TRIREME_CHECK(false, "dtype {} has no safetensors name", name_of(dtype));
}

DType read_dtype(const JsonObject& entry) {
  const std::string text = entry.text("dtype");
  for (const auto& [value, name] : kDtypeNames) {
    if (name == text) return value;
  }
  entry.fail("dtype", format("\"{}\" is not supported", shortened(text)));
}

std::vector<int64_t> read_integers(const JsonObject& entry, const std::string& key) {
  const JsonView list = entry.list(key);
  std::vector<int64_t> values;
  values.reserve(std::min(list.size(), kMaxDimensions));
  for (const JsonView& item : list.elements()) {
    const auto value = item.integer();
    if (!value || *value < 0) entry.fail(key, format("expected whole numbers, got {}", list.shown()));
    if (values.size() == kMaxDimensions) entry.fail(key, format("more than {} numbers", kMaxDimensions));
    values.push_back(*value);
  }
  return values;
}

TensorView read_entry(const std::string& name, const JsonObject& entry, std::span<const std::byte> data) {
  TensorView tensor{{name, read_dtype(entry), read_integers(entry, "shape")}, {}};
  const std::vector<int64_t> range = read_integers(entry, "data_offsets");
  const auto size = static_cast<int64_t>(data.size());
  if (range.size() != 2 || range[0] > range[1]) {
    entry.fail("data_offsets", format("{} is no range", shape_text(range)));
  }
  if (range[1] > size) {
    entry.fail("data_offsets", format("end at byte {}, but the data has {}: the file is truncated", range[1], size));
  }
  const int64_t bytes = range[1] - range[0];
  if (tensor.checked_bytes() != bytes) {
    entry.fail("data_offsets", format("{} bytes, but shape {} of {} needs {}", bytes, shape_text(tensor.shape),
                                      safetensors_name(tensor.dtype), tensor.checked_bytes()));
  }
  tensor.bytes = data.subspan(static_cast<size_t>(range[0]), static_cast<size_t>(bytes));
  return tensor;
}

}  // namespace

SafetensorsFile::SafetensorsFile(fs::path path) : path_(std::move(path)), file_(path_) {
  const auto bytes = file_.bytes();
  if (bytes.size() < kLengthBytes) {
    throw FormatError(format("{}: {} bytes, but a safetensors file has at least 8: {}", path_.string(), bytes.size(),
                             bytes.empty() ? "empty" : "truncated"));
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeaderBytes) {
    throw FormatError(
        format("{}: header length {} is above {}: not a safetensors file", path_.string(), length, kMaxHeaderBytes));
  }
  if (length > bytes.size() - kLengthBytes) {
    throw FormatError(
        format("{}: header length {}, but the file has {} bytes: truncated", path_.string(), length, bytes.size()));
  }
  const auto data = bytes.subspan(kLengthBytes + length);
  read_header({reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length}, data);
  check_coverage(data);
  index_names();
}

void SafetensorsFile::read_header(std::string_view text, std::span<const std::byte> data) {
  constexpr std::string_view kLeast = R"("":{"dtype":"U8","shape":[],"data_offsets":[0,0]})";
  const JsonView value(text, path_.string() + ": header");
  const JsonObject header(value, path_.string());
  tensors_.reserve(value.size_if_each_has(kLeast.size()));
  for (const auto& [key, described] : header.members()) {
    const std::string name = key.string();
    const JsonObject entry(described, path_.string(), name);
    if (name == "__metadata__") {
      for (const JsonMember& text_of_key : entry.members()) {
        if (!text_of_key.value.is_string()) {
          entry.fail(text_of_key.key.string(), format("expected a string, got {}", text_of_key.value.shown()));
        }
      }
      metadata_ = described;
    } else {
      tensors_.push_back(read_entry(name, entry, data));
    }
  }
}

void SafetensorsFile::check_coverage(std::span<const std::byte> data) {
  std::sort(tensors_.begin(), tensors_.end(), [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const std::byte* end = data.data();
  for (const TensorView& tensor : tensors_) {
    if (tensor.bytes.data() != end) {
      throw FormatError(format("{}: {}: data begins at byte {}, {} the tensor before it ends", path_.string(),
                               shortened(tensor.name), tensor.bytes.data() - data.data(),
                               tensor.bytes.data() < end ? "before" : "with a gap after"));
    }
    end = tensor.bytes.data() + tensor.bytes.size();
  }
  if (end != data.data() + data.size()) {
    throw FormatError(format("{}: {} bytes after the last tensor", path_.string(), data.data() + data.size() - end));
  }
}

void SafetensorsFile::index_names() {
  const auto name_at = [this](uint32_t i) -> const std::string& { return tensors_[i].name; };
  by_name_.resize(tensors_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0);
  std::ranges::sort(by_name_, {}, name_at);
  const auto twice = std::ranges::adjacent_find(by_name_, {}, name_at);
  if (twice == by_name_.end()) return;
  throw FormatError(format("{}: {}: is there twice", path_.string(), shortened(name_at(*twice))));
}

const TensorView* SafetensorsFile::find(const std::string& name) const {
  const auto name_at = [this](uint32_t i) -> const std::string& { return tensors_[i].name; };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_at);
  return found == by_name_.end() || name_at(*found) != name ? nullptr : &tensors_[*found];
}

std::optional<std::string> SafetensorsFile::metadata(const std::string& key) const {
  const auto text = metadata_.find(key);
  return text ? std::optional(text->string()) : std::nullopt;
}

std::string safetensors_header(std::span<const TensorInfo> tensors,
                               const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const TensorInfo& tensor : tensors) {
    TRIREME_CHECK(!header.contains(tensor.name), "{} twice in one file", tensor.name);
    const int64_t end = offset + tensor.num_bytes();
    header[tensor.name] = {
        {"dtype", safetensors_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string result(kLengthBytes, '\0');
  std::memcpy(result.data(), &length, kLengthBytes);
  return result + text;
}

SafetensorsWriter::SafetensorsWriter(const fs::path& path, std::span<const TensorInfo> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  const std::string header = safetensors_header(tensors, metadata);
  expected_bytes_ = static_cast<int64_t>(header.size());
  for (const TensorInfo& tensor : tensors) expected_bytes_ += tensor.num_bytes();
  file_.write(header);
}

void SafetensorsWriter::finish() {
  TRIREME_CHECK(file_.size() == expected_bytes_, "wrote {} of {} bytes", file_.size(), expected_bytes_);
  file_.finish();
}

}  // namespace trireme::formats
