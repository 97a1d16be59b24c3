#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace trireme {

/// 128-bit content hash (XXH3) as 32 hex digits: checksums and identities, not security.
std::string content_hash(std::span<const std::byte> bytes);
std::string content_hash(std::string_view text);

/// The same hash, fed piece by piece.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  ContentHasher(ContentHasher&&) noexcept;
  ContentHasher& operator=(ContentHasher&&) noexcept;
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trireme
