#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace trireme::test {

/// Bytes of a GGUF v3 file, made value by value.
class GgufBuilder {
 public:
  GgufBuilder& u32(const std::string& key, uint32_t value) { return scalar(key, 4, value); }
  GgufBuilder& f32(const std::string& key, float value) { return scalar(key, 6, value); }
  GgufBuilder& boolean(const std::string& key, bool value) { return scalar(key, 7, static_cast<uint8_t>(value)); }
  GgufBuilder& text(const std::string& key, const std::string& value) {
    begin(key, 8);
    put_text(metadata_, value);
    return *this;
  }
  GgufBuilder& texts(const std::string& key, const std::vector<std::string>& values) {
    begin_array(key, 8, values.size());
    for (const std::string& value : values) put_text(metadata_, value);
    return *this;
  }
  GgufBuilder& i32s(const std::string& key, const std::vector<int32_t>& values) {
    begin_array(key, 5, values.size());
    for (const int32_t value : values) put(metadata_, value);
    return *this;
  }
  template <class T>
  GgufBuilder& scalar(const std::string& key, uint32_t type, T value) {
    begin(key, type);
    put(metadata_, value);
    return *this;
  }
  /// `shape` is row-major; the data is appended on a multiple of 32 bytes.
  GgufBuilder& tensor(const std::string& name, std::vector<uint64_t> shape, uint32_t type, const std::string& data) {
    put_text(tensors_, name);
    put(tensors_, static_cast<uint32_t>(shape.size()));
    for (size_t i = shape.size(); i-- > 0;) put(tensors_, shape[i]);
    put(tensors_, type);
    put(tensors_, static_cast<uint64_t>(data_.size()));
    data_ += data;
    data_.resize((data_.size() + 31) / 32 * 32);
    ++num_tensors_;
    return *this;
  }
  GgufBuilder& floats(const std::string& name, std::vector<uint64_t> shape, std::span<const float> values) {
    return tensor(name, std::move(shape), 0, {reinterpret_cast<const char*>(values.data()), values.size() * 4});
  }

  std::string bytes() const {
    std::string file = "GGUF";
    put(file, version);
    put(file, num_tensors_);
    put(file, num_metadata_);
    file += metadata_ + tensors_;
    file.resize((file.size() + 31) / 32 * 32);
    return file + data_;
  }

  uint32_t version = 3;

 private:
  template <class T>
  static void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static void put_text(std::string& out, const std::string& text) {
    put(out, static_cast<uint64_t>(text.size()));
    out += text;
  }
  void begin(const std::string& key, uint32_t type) {
    put_text(metadata_, key);
    put(metadata_, type);
    ++num_metadata_;
  }
  void begin_array(const std::string& key, uint32_t type, size_t count) {
    begin(key, 9);
    put(metadata_, type);
    put(metadata_, static_cast<uint64_t>(count));
  }

  std::string metadata_, tensors_, data_;
  uint64_t num_tensors_ = 0, num_metadata_ = 0;
};

}  // namespace trireme::test
