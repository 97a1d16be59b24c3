#include "trireme/checkpoint/exchange.h"

#include <algorithm>
#include <cstring>

#include "trireme/core/units.h"

namespace trireme::checkpoint {

namespace {

// Words of 64 bits: the integer type that every back-end moves.
std::vector<int64_t> all_gather(comm::Communicator& communicator, std::vector<int64_t> mine) {
  const auto count = static_cast<int64_t>(mine.size());
  std::vector<int64_t> all(mine.size() * static_cast<size_t>(communicator.size()));
  const auto buffer = [](std::vector<int64_t>& words) {
    return comm::Buffer{words.data(), static_cast<int64_t>(words.size()), DType::kI64, Device{}};
  };
  if (count > 0) communicator.all_gather(buffer(mine), buffer(all)).wait_host(Deadline::never());
  return all;
}

}  // namespace

std::vector<std::string> exchange_texts(comm::Communicator& communicator, const std::string& text) {
  const std::vector<int64_t> sizes = all_gather(communicator, {static_cast<int64_t>(text.size())});
  const auto words = static_cast<size_t>(ceil_div(*std::max_element(sizes.begin(), sizes.end()), sizeof(int64_t)));
  std::vector<int64_t> mine(words);
  if (!text.empty()) std::memcpy(mine.data(), text.data(), text.size());
  const std::vector<int64_t> all = all_gather(communicator, std::move(mine));
  std::vector<std::string> texts;
  for (size_t rank = 0; rank < sizes.size(); ++rank) {
    texts.emplace_back(reinterpret_cast<const char*>(all.data() + rank * words), static_cast<size_t>(sizes[rank]));
  }
  return texts;
}

}  // namespace trireme::checkpoint
