#pragma once

#include <gtest/gtest.h>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "support/ranks.h"
#include "trireme/core/format.h"
#include "trireme/device/device_memory.h"

namespace trireme::testing {

inline const std::vector<DType> kReducible = {DType::kF32, DType::kF64, DType::kBF16, DType::kF16, DType::kI64};
inline const std::vector<int64_t> kCounts = {0, 1, 7, 1000};
/// Several staging chunks, and a rest, for every type.
inline constexpr int64_t kLongCount = 600001;

/// Elements of one type, read and written as doubles; small integers are exact in every type. In a world over NCCL they
/// lie on the rank's GPU, and are read and written in a copy on the host that follows.
class Values {
 public:
  Values(DType dtype, int64_t count);
  /// In memory that peers see.
  Values(comm::Communicator& communicator, DType dtype, int64_t count);

  /// For one operation, which may write to it.
  comm::Buffer buffer();
  int64_t count() const { return count_; }
  const std::byte* data() const;
  void set(int64_t i, double value);
  double get(int64_t i) const;
  template <class F>
  Values& fill(F value_at) {
    for (int64_t i = 0; i < count_; ++i) set(i, value_at(i));
    return *this;
  }
  /// Throws unless element i is want(i) for every i.
  template <class F>
  void expect_equal(F want, const std::string& what) const {
    for (int64_t i = 0; i < count_; ++i) {
      const double expected = want(i);
      if (get(i) != expected)
        expect(false, format("{}: element {} of {} {} is {}, expected {}", what, i, count_, name_of(dtype_), get(i),
                             expected));
    }
  }

 private:
  Bytes size() const { return Bytes(count_ * size_of(dtype_)); }

  DType dtype_;
  int64_t count_;
  std::vector<std::byte> own_;
  std::unique_ptr<comm::Memory> memory_;
  std::unique_ptr<DeviceMemory> device_memory_;
  std::byte* data_;                   // of the host
  std::byte* device_data_ = nullptr;  // null: there is no other place
  mutable enum { kBoth, kHost, kDevice } newest_ = kBoth;
};

/// What is left of `value` in that type: int64 is cut towards zero, the others round.
double rounded(DType dtype, double value);

/// Waits for what the device did, too, where Work::wait only orders its stream.
inline void finish(comm::Work work) { work.wait_host(Deadline::never()); }

/// Tests in here run once for each world.
class Collectives : public ::testing::TestWithParam<RankWorld> {
 protected:
  /// Runs the body on all ranks; every rank must return.
  void run(const RankBody& body) { run(GetParam(), body); }
  void run(const RankWorld& world, const RankBody& body);
};

/// "Shm3"
std::string name_of_world(const ::testing::TestParamInfo<RankWorld>& info);

}  // namespace trireme::testing
