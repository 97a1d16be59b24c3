#include "trireme/formats/gguf.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "trireme/core/check.h"
#include "trireme/core/utf8.h"
#include "trireme/formats/tensor_view.h"

namespace trireme::formats {

namespace {

constexpr uint32_t kMaxGgmlDimensions = 4;  // GGML_MAX_DIMS

}  // namespace

int64_t GgufTensor::numel() const { return TensorInfo{name, DType::kF32, shape}.numel(); }

class GgufFile::Parser {
 public:
  explicit Parser(GgufFile& file) : file_(file), cursor_(file.file_.bytes(), file.path_.string()) {}

  void run() {
    read_header();
    file_.metadata_.reserve(num_metadata_);
    for (uint64_t i = 0; i < num_metadata_; ++i) read_metadata(i);
    refuse_repeated(file_.metadata_, &Metadata::key);
    read_tensors();
  }

 private:
  static constexpr size_t kLeastTensorBytes = 8 + 4 + 4 + 8;  // name length, dimensions, type, offset
  static constexpr size_t kLeastMetadataBytes = 8 + 4 + 1;    // key length, type, one byte

  void read_header() {
    if (cursor_.remaining() == 0) file_.fail("header", "the file is empty");
    if (cursor_.read<uint32_t>("magic") != kGgufMagic) file_.fail("magic", "is not GGUF: not a GGUF file");
    const auto version = cursor_.read<uint32_t>("version");
    if (version != 2 && version != 3) {
      file_.fail("version", (version & 0xffff) == 0 ? "is big-endian, which is not supported"
                                                    : format("is {}, supported are 2 and 3", version));
    }
    num_tensors_ = cursor_.read_count("tensor_count", kLeastTensorBytes);
    num_metadata_ = cursor_.read_count("metadata_kv_count", kLeastMetadataBytes);
  }

  void read_metadata(uint64_t index) {
    const std::string_view key = cursor_.read_text(format("name of metadata {}", index));
    const std::string name(key);
    const auto type = cursor_.read<GgufType>(name);
    file_.metadata_.push_back({key, cursor_.position(), type});
    read_gguf_value(cursor_, type, name);
  }

  /// Sorts `items` by `key`, which each has for itself.
  template <class Items, class Key>
  void refuse_repeated(Items& items, Key key) const {
    std::ranges::sort(items, {}, key);
    const auto twice = std::ranges::adjacent_find(items, {}, key);
    if (twice != items.end()) file_.fail(std::string(std::invoke(key, *twice)), "is there twice");
  }

  void read_tensors() {
    cursor_.check_count(num_tensors_, "tensor_count", kLeastTensorBytes);  // what is left is less by the metadata
    std::vector<uint64_t> offsets;
    offsets.reserve(num_tensors_);
    file_.tensors_.reserve(num_tensors_);
    for (uint64_t i = 0; i < num_tensors_; ++i) offsets.push_back(read_tensor_info(i));
    file_.by_name_.resize(num_tensors_);
    std::iota(file_.by_name_.begin(), file_.by_name_.end(), 0);
    refuse_repeated(file_.by_name_, [&](uint32_t i) -> const std::string& { return file_.tensors_[i].name; });
    place_tensors(offsets);
  }

  /// Returns the offset of its data.
  uint64_t read_tensor_info(uint64_t index) {
    GgufTensor tensor;
    tensor.name = cursor_.read_text(format("name of tensor {}", index));
    const auto dimensions = cursor_.read<uint32_t>(tensor.name);
    if (dimensions > kMaxGgmlDimensions)
      file_.fail(tensor.name, format("has {} dimensions, at most 4 are valid", dimensions));
    tensor.shape.reserve(dimensions);
    for (uint32_t i = 0; i < dimensions; ++i) {
      tensor.shape.push_back(static_cast<int64_t>(cursor_.read<uint64_t>(tensor.name)));
    }
    std::reverse(tensor.shape.begin(), tensor.shape.end());
    const auto type = cursor_.read<uint32_t>(tensor.name);
    if (!ggml_type_supported(type)) {
      file_.fail(tensor.name, format("is {}, which is not supported; supported are {}", ggml_type_name(type),
                                     ggml_supported_types()));
    }
    tensor.type = static_cast<GgmlType>(type);
    file_.tensors_.push_back(std::move(tensor));
    return cursor_.read<uint64_t>(file_.tensors_.back().name);
  }

  int64_t num_bytes(const GgufTensor& tensor) const {
    int64_t elements = 1;
    for (const int64_t size : tensor.shape) {
      if (size < 0 || __builtin_mul_overflow(elements, size, &elements)) {
        file_.fail(tensor.name, format("shape {} makes no sense", shape_text(tensor.shape)));
      }
    }
    const GgmlBlock block = ggml_block(tensor.type);
    const int64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (row % block.elements != 0) {
      file_.fail(tensor.name, format("rows of {} values are no whole number of blocks of {}", row, block.elements));
    }
    return elements / block.elements * block.bytes;
  }

  void place_tensors(const std::vector<uint64_t>& offsets) {
    const int64_t alignment =
        file_.has("general.alignment") ? file_.integer("general.alignment") : kDefaultGgufAlignment;
    if (alignment < 1) file_.fail("general.alignment", format("is {}, must be at least 1", alignment));
    const auto bytes = file_.file_.bytes();
    const uint64_t begin = (cursor_.position() + static_cast<uint64_t>(alignment) - 1) /
                           static_cast<uint64_t>(alignment) * static_cast<uint64_t>(alignment);
    for (size_t i = 0; i < offsets.size(); ++i) {
      GgufTensor& tensor = file_.tensors_[i];
      const auto size = static_cast<uint64_t>(num_bytes(tensor));
      if (offsets[i] % static_cast<uint64_t>(alignment) != 0) {
        file_.fail(tensor.name, format("offset {} is no multiple of {}", offsets[i], alignment));
      }
      if (begin > bytes.size() || offsets[i] > bytes.size() - begin || size > bytes.size() - begin - offsets[i]) {
        file_.fail(tensor.name,
                   format("data of {} bytes at offset {} ends past the file: truncated", size, offsets[i]));
      }
      tensor.bytes = bytes.subspan(begin + offsets[i], size);
    }
    check_overlaps();
  }

  void check_overlaps() const {
    std::vector<uint32_t> order = file_.by_name_;
    const auto begin = [&](uint32_t i) { return file_.tensors_[i].bytes.data(); };
    std::ranges::sort(order, {}, begin);
    for (size_t i = 1; i < order.size(); ++i) {
      const GgufTensor& before = file_.tensors_[order[i - 1]];
      if (begin(order[i]) < before.bytes.data() + before.bytes.size()) {
        file_.fail(file_.tensors_[order[i]].name, format("data overlaps that of {}", shortened(before.name)));
      }
    }
  }

  GgufFile& file_;
  GgufCursor cursor_;
  uint64_t num_tensors_ = 0;
  uint64_t num_metadata_ = 0;
};

GgufFile::GgufFile(fs::path path) : path_(std::move(path)), file_(path_) { Parser(*this).run(); }

const GgufTensor* GgufFile::find(const std::string& name) const {
  const auto name_at = [this](uint32_t i) -> const std::string& { return tensors_[i].name; };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_at);
  return found == by_name_.end() || name_at(*found) != name ? nullptr : &tensors_[*found];
}

}  // namespace trireme::formats
