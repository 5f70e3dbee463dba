// The fuzz targets: what must hold for any bytes at all [libFuzzer: llvm.org/docs/LibFuzzer.html].
//
// Each of them takes one input and returns, or ends the process with a message: libFuzzer keeps an input
// that ends it. entry.cpp makes a fuzzer of one target; corpus_test.cpp hands all of them the corpus in an
// ordinary build.
//
// An input is nothing but the text: a file of the corpus can be read, and sent by nc(1). What else a run
// needs to choose, where to split for one, is drawn from a generator that the input itself seeds. The same
// input always takes the same way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "http/limits.hpp"

namespace fuzz {

void request(std::string_view input);   // one request, for RequestParser
void response(std::string_view input);  // one response, for ResponseParser, to three methods
void chunks(std::string_view input);    // a chunked body, for BodyReader, from either side
void session(std::string_view input);   // all that a client sends on one connection
void address(std::string_view input);   // an IP address with a port, a Unix address, a Host
void url(std::string_view input);       // for a client
void value(std::string_view input);     // of a field: a date, a range, a list, a name of a host
void path(std::string_view input);      // the path of a target, and names, for Folder

// What holds for every input. Ends the process if it does not.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << "does not hold: " << what << '\n';
  std::abort();
}
template <class T>
void require_equal(const T& seen, const T& right, std::string_view what) {
  if (seen == right) return;
  std::cerr << "differs: " << what << "\n--- is\n" << seen << "\n--- must be\n" << right << '\n';
  std::abort();
}

class Choices {
 public:
  explicit Choices(std::string_view input) {
    for (const char c : input) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::size_t below(std::size_t bound) {  // bound > 0
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % bound;
  }
  // Where to cut `size` bytes: at a few places.
  std::vector<std::size_t> ends(std::size_t size) {
    std::vector<std::size_t> ends(below(6));
    for (std::size_t& end : ends) end = below(size + 1);
    std::ranges::sort(ends);
    return ends;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

// So small that a short input reaches each of them.
inline constexpr http::Limits kSmallLimits{
    .request_line = 32, .head = 96, .fields = 4, .body = 12, .chunk_extensions = 8};

}  // namespace fuzz
