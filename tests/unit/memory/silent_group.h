#pragma once

#include <cstdlib>

#include "trireme/comm/communicator.h"
#include "trireme/core/check.h"

namespace trireme {

/// Rank 0 of a group whose peers are not there: collectives move nothing. For what depends on sizes alone.
class SilentGroup final : public comm::Communicator {
 public:
  explicit SilentGroup(int size) : size_(size) {}

  Rank rank() const override { return Rank(0); }
  int size() const override { return size_; }
  const std::string& name() const override { return name_; }
  std::string_view backend() const override { return "silent"; }
  bool supports(comm::Op, DType, DeviceKind) const override { return true; }
  std::unique_ptr<comm::Memory> allocate(Bytes size) override { return std::make_unique<HeapMemory>(size.value()); }

  comm::Work all_reduce(comm::Buffer, comm::ReduceOp) override { return {}; }
  comm::Work all_gather(comm::Buffer, comm::Buffer) override { return {}; }
  comm::Work reduce_scatter(comm::Buffer, comm::Buffer, comm::ReduceOp) override { return {}; }
  comm::Work all_to_all(comm::Buffer, comm::Buffer) override { return {}; }
  comm::Work all_to_all(comm::Buffer, std::span<const int64_t>, comm::Buffer, std::span<const int64_t>) override {
    return {};
  }
  comm::Work broadcast(comm::Buffer, Rank) override { return {}; }
  comm::Work send(comm::Buffer, Rank) override { return {}; }
  comm::Work recv(comm::Buffer, Rank) override { return {}; }
  comm::Work barrier() override { return {}; }
  comm::Work match(comm::Operation&) override { return {}; }
  std::unique_ptr<Communicator> split(int, int, std::string) override { TRIREME_CHECK(false, "not split here"); }
  void abort(const std::string&) noexcept override {}
  std::string abort_cause() const override { return ""; }

 private:
  class HeapMemory final : public comm::Memory {
   public:
    explicit HeapMemory(int64_t size) : size_(static_cast<size_t>(size)) {
      data_ = static_cast<std::byte*>(std::aligned_alloc(256, (size_ + 255) / 256 * 256));
      std::fill(data_, data_ + size_, std::byte{});
    }
    ~HeapMemory() override { std::free(data_); }
    std::span<std::byte> bytes() override { return {data_, size_}; }

   private:
    size_t size_;
    std::byte* data_;
  };

  int size_;
  std::string name_ = "silent";
};

}  // namespace trireme
