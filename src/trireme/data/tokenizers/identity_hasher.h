#pragma once

#include "trireme/core/hash.h"

namespace trireme::data {

/// Hashes what decides a tokenizer's ids. Lengths go in too, so that no two lists of texts spell the same bytes.
class IdentityHasher {
 public:
  void put(int64_t number) { put_bytes(std::as_bytes(std::span(&number, 1))); }
  void put(std::string_view text) {
    put(static_cast<int64_t>(text.size()));
    hasher_.update(text);
  }
  void put(const char* text) { put(std::string_view(text)); }
  void put_bytes(std::span<const std::byte> bytes) { hasher_.update(bytes); }
  std::string hex() const { return hasher_.hex(); }

 private:
  ContentHasher hasher_;
};

}  // namespace trireme::data
