#include "suite.h"

#include <cctype>

namespace trireme::testing {

namespace {

void write(DType dtype, double value, std::byte* at) {
  const auto put = [&](auto x) { std::memcpy(at, &x, sizeof x); };
  switch (dtype) {
    case DType::kF32: return put(static_cast<float>(value));
    case DType::kF64: return put(value);
    case DType::kBF16: return put(float_to_bf16(static_cast<float>(value)));
    case DType::kF16: return put(float_to_fp16(static_cast<float>(value)));
    default: return put(static_cast<int64_t>(value));
  }
}

double read(DType dtype, const std::byte* at) {
  const auto take = [&](auto x) {
    std::memcpy(&x, at, sizeof x);
    return x;
  };
  switch (dtype) {
    case DType::kF32: return take(0.0f);
    case DType::kF64: return take(0.0);
    case DType::kBF16: return bf16_to_float(take(uint16_t{0}));
    case DType::kF16: return fp16_to_float(take(uint16_t{0}));
    default: return static_cast<double>(take(int64_t{0}));
  }
}

}  // namespace

Values::Values(DType dtype, int64_t count)
    : dtype_(dtype), count_(count), own_(static_cast<size_t>(size().value()) + 1), data_(own_.data()) {
  if (rank_device().kind == DeviceKind::kCpu) return;
  device_memory_ = std::make_unique<DeviceMemory>(rank_device(), size());
  device_data_ = device_memory_->data();
}

Values::Values(comm::Communicator& communicator, DType dtype, int64_t count)
    : dtype_(dtype), count_(count), memory_(communicator.allocate(size())), data_(memory_->bytes().data()) {
  if (rank_device().kind == DeviceKind::kCpu) return;
  device_data_ = data_;
  own_.resize(static_cast<size_t>(size().value()) + 1);
  data_ = own_.data();
}

comm::Buffer Values::buffer() {
  if (device_data_ == nullptr) return {data_, count_, dtype_, {}};
  if (newest_ == kHost) copy_memory(device_data_, data_, size());
  newest_ = kDevice;
  return {device_data_, count_, dtype_, rank_device()};
}

const std::byte* Values::data() const {
  if (newest_ == kDevice) copy_memory(data_, device_data_, size());
  if (newest_ == kDevice) newest_ = kBoth;
  return data_;
}

void Values::set(int64_t i, double value) {
  data();
  newest_ = kHost;
  write(dtype_, value, data_ + i * size_of(dtype_));
}

double Values::get(int64_t i) const { return read(dtype_, data() + i * size_of(dtype_)); }

double rounded(DType dtype, double value) {
  std::byte element[sizeof(double)];
  write(dtype, value, element);
  return read(dtype, element);
}

void Collectives::run(const RankWorld& world, const RankBody& body) {
  const auto outcomes = run_ranks(world, body);
  for (size_t rank = 0; rank < outcomes.size(); ++rank) EXPECT_EQ(outcomes[rank].error, "") << "on rank " << rank;
}

std::string name_of_world(const ::testing::TestParamInfo<RankWorld>& info) {
  std::string name = info.param.backend;
  name[0] = static_cast<char>(std::toupper(name[0]));
  return name + std::to_string(info.param.size);
}

namespace {

std::vector<RankWorld> worlds() {
  const int started = mpirun_size();
  if (started > 0) return {{"mpi", started}, {"mpi_hierarchical", started}};
  std::vector<RankWorld> all;
  for (const char* backend : {"local", "shm", "hierarchical"}) {
    for (int size = 1; size <= 4; ++size) all.push_back({backend, size});
  }
  all.push_back({"shm_staged", 3});
  for (int size = 1; size <= nccl_ranks(); ++size) all.push_back({"nccl", size});
  return all;
}

INSTANTIATE_TEST_SUITE_P(World, Collectives, ::testing::ValuesIn(worlds()), name_of_world);

}  // namespace

}  // namespace trireme::testing
