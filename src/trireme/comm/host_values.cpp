#include "trireme/comm/host_values.h"

#include <algorithm>
#include <cstring>

namespace trireme::comm {

namespace {

template <typename T>
std::vector<T> gather(Communicator& group, std::vector<T> mine, DType dtype) {
  std::vector<T> all(mine.size() * static_cast<size_t>(group.size()));
  const auto buffer = [dtype](std::vector<T>& values) {
    return Buffer{values.data(), static_cast<int64_t>(values.size()), dtype, Device{}};
  };
  if (!mine.empty()) group.all_gather(buffer(mine), buffer(all)).wait();
  return all;
}

}  // namespace

std::vector<double> gather_numbers(Communicator& group, std::span<const double> mine) {
  return gather(group, std::vector<double>(mine.begin(), mine.end()), DType::kF64);
}

std::vector<std::string> gather_texts(Communicator& group, const std::string& mine) {
  const auto sizes = gather(group, std::vector<int64_t>{static_cast<int64_t>(mine.size())}, DType::kI64);
  // In words of 64 bits, the integers that every back-end moves.
  const auto words = static_cast<size_t>(ceil_div(*std::max_element(sizes.begin(), sizes.end()), sizeof(int64_t)));
  std::vector<int64_t> padded(words);
  if (!mine.empty()) std::memcpy(padded.data(), mine.data(), mine.size());
  const std::vector<int64_t> all = gather(group, std::move(padded), DType::kI64);
  std::vector<std::string> texts;
  for (size_t rank = 0; rank < sizes.size(); ++rank)
    texts.emplace_back(reinterpret_cast<const char*>(all.data() + rank * words), static_cast<size_t>(sizes[rank]));
  return texts;
}

double max_over(Communicator& group, double mine) {
  if (group.size() > 1) group.all_reduce({&mine, 1, DType::kF64, {}}, ReduceOp::kMax).wait();
  return mine;
}

}  // namespace trireme::comm
