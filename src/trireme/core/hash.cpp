#include "trireme/core/hash.h"

#include <xxhash.h>
#include <array>
#include <cstdio>

#include "trireme/core/check.h"
#include "trireme/core/philox.h"

namespace trireme {

namespace {

std::string to_hex(XXH128_hash_t hash) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return text.data();
}

}  // namespace

std::string content_hash(std::span<const std::byte> bytes) { return to_hex(XXH3_128bits(bytes.data(), bytes.size())); }

std::string content_hash(std::string_view text) { return content_hash(std::as_bytes(std::span(text))); }

struct ContentHasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    TRIREME_CHECK(xxh != nullptr, "out of memory");
    XXH3_128bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {}
ContentHasher::~ContentHasher() = default;
ContentHasher::ContentHasher(ContentHasher&&) noexcept = default;
ContentHasher& ContentHasher::operator=(ContentHasher&&) noexcept = default;

void ContentHasher::update(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

void ContentHasher::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string ContentHasher::hex() const { return to_hex(XXH3_128bits_digest(state_->xxh)); }

uint64_t stream_key(uint64_t seed, std::string_view name) {
  return XXH3_64bits_withSeed(name.data(), name.size(), seed);
}

}  // namespace trireme
