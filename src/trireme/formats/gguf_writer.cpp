#include "trireme/formats/gguf_writer.h"

#include <array>
#include <type_traits>

#include "trireme/core/check.h"
#include "trireme/formats/gguf_value.h"

namespace trireme::formats {

namespace {

constexpr int64_t kAlignment = kDefaultGgufAlignment;

int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

template <class T>
constexpr GgufType type_of() {
  if constexpr (std::is_same_v<T, bool>) return GgufType::kBool;
  if constexpr (std::is_same_v<T, uint32_t>) return GgufType::kU32;
  if constexpr (std::is_same_v<T, int32_t>) return GgufType::kI32;
  if constexpr (std::is_same_v<T, float>) return GgufType::kF32;
  if constexpr (std::is_same_v<T, std::string>) return GgufType::kString;
  return GgufType::kArray;
}

}  // namespace

int64_t GgufTensorInfo::num_bytes() const {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  const GgmlBlock block = ggml_block(type);
  TRIREME_CHECK((shape.empty() ? 1 : shape.back()) % block.elements == 0, "{}: rows of {} in {}", name, shape.back(),
                ggml_type_name(type));
  return elements / block.elements * block.bytes;
}

GgufWriter::GgufWriter(const fs::path& path, const GgufMetadata& metadata, std::vector<GgufTensorInfo> tensors)
    : file_(path), tensors_(std::move(tensors)) {
  file_.write_value(kGgufMagic);
  file_.write_value(uint32_t{3});
  file_.write_value(uint64_t{tensors_.size()});
  file_.write_value(uint64_t{metadata.size()});
  for (const auto& [key, value] : metadata) {
    write_text(key);
    write_value(value);
  }
  uint64_t offset = 0;
  for (const GgufTensorInfo& tensor : tensors_) {
    write_text(tensor.name);
    file_.write_value(static_cast<uint32_t>(tensor.shape.size()));
    for (size_t i = tensor.shape.size(); i-- > 0;) file_.write_value(tensor.shape[i]);
    file_.write_value(tensor.type);
    file_.write_value(offset);
    offset += static_cast<uint64_t>(aligned(tensor.num_bytes()));
  }
  pad();
}

void GgufWriter::write_text(const std::string& text) {
  file_.write_value(uint64_t{text.size()});
  file_.write(text);
}

void GgufWriter::write_value(const GgufWritten& written) {
  const auto put = [this](const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
      write_text(value);
    } else {
      file_.write_value(value);
    }
  };
  std::visit(
      [&]<class T>(const T& value) {
        file_.write_value(type_of<T>());
        if constexpr (type_of<T>() == GgufType::kArray) {
          file_.write_value(type_of<typename T::value_type>());
          file_.write_value(uint64_t{value.size()});
          for (const auto& item : value) put(item);
        } else {
          put(value);
        }
      },
      written);
}

void GgufWriter::pad() {
  constexpr std::array<std::byte, kAlignment> kZeros{};
  file_.write(std::span(kZeros).first(static_cast<size_t>(aligned(file_.size()) - file_.size())));
}

void GgufWriter::write(std::span<const std::byte> bytes) {
  TRIREME_CHECK(next_ < tensors_.size(), "all {} tensors are written", tensors_.size());
  const GgufTensorInfo& tensor = tensors_[next_++];
  TRIREME_CHECK(static_cast<int64_t>(bytes.size()) == tensor.num_bytes(), "{}: {} bytes, expected {}", tensor.name,
                bytes.size(), tensor.num_bytes());
  file_.write(bytes);
  pad();
}

void GgufWriter::finish() {
  TRIREME_CHECK(next_ == tensors_.size(), "wrote {} of {} tensors", next_, tensors_.size());
  file_.finish();
}

}  // namespace trireme::formats
