// What the tests of lifetimes share. They ask who may go when; nothing in them is about results alone.
// They are run under the address and undefined-behaviour sanitizers, and would fail there if a frame,
// a socket or a timer were touched after its end.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "testing.hpp"

namespace async::testing {

// `alive` counts the frames that are.
inline Task<> read_once(TcpStream& stream, sys::Result<std::size_t>& result, int& alive) {
  const Alive local(alive);
  std::array<std::byte, 64> buffer;
  result = co_await stream.read(buffer);
}
inline Task<> write(TcpStream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(bytes_of(text));
  EXPECT_TRUE(written);
}

}  // namespace async::testing
