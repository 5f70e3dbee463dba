// The identifier of a registration: which slot it has, and which tenant of that slot it is.
//
// The kernel returns 64 bits of the caller with every event. A descriptor would fit, but
// descriptors are reused: an event for a connection that was closed a moment ago may carry the
// number that a new connection has just been given. A token is never reused. Half of it is the
// number of a slot in a Slab (slab.hpp), the other half counts how often that slot has been used;
// an old event carries an old count, and finds nothing.
#pragma once

#include <compare>
#include <cstdint>

namespace epoll {

// Generations begin at 1, so that Token{}, which is never given out, identifies nothing.
struct Token {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  // The form in which it is passed through epoll_data.
  [[nodiscard]] constexpr std::uint64_t packed() const noexcept {
    return (std::uint64_t{generation} << 32) | index;
  }
  [[nodiscard]] static constexpr Token unpack(std::uint64_t bits) noexcept {
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
  }

  friend constexpr auto operator<=>(const Token&, const Token&) noexcept = default;
};

}  // namespace epoll
