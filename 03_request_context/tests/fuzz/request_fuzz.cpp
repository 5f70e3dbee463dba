// A fuzzer for the request parser, for clang's libFuzzer. No part of the build; from this folder:
//
//   clang++-19 -std=c++23 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
//     -I../../include -I.. -I../../../01_syscall_macro/include request_fuzz.cpp ../feeding.cpp
//     ../../src/{body_place,body_reader,chunked_decoder,field_section,fields,framing}.cpp
//     ../../src/{line_scanner,request,request_line,request_parser,target}.cpp -o request_fuzz
//   ./request_fuzz -max_len=400 -max_total_time=60
//
// The first bytes choose limits and a split; the others are fed whole and split, and must give the
// same answer.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "feeding.hpp"

using http::BodyMode;
using http::testing::feed_request;
using http::testing::Feeding;
using http::testing::Seen;

namespace {

void require_same(const Seen& whole, const Seen& split) {
  if (whole == split) return;
  std::cerr << "whole: " << whole << "\nsplit: " << split << '\n';
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  Feeding feeding;
  if (data[0] % 2 == 1)
    feeding.limits = {
        .request_line = 20, .head = 80, .fields = 3, .body = 8, .chunk_extensions = 6};
  const std::string bytes(reinterpret_cast<const char*>(data) + 4, size - 4);
  std::vector<std::size_t> ends = {data[1], data[2]};
  if (ends[0] > ends[1]) std::swap(ends[0], ends[1]);
  while (!ends.empty() && ends.back() > bytes.size()) ends.pop_back();

  Seen whole = feed_request(bytes, {}, feeding);
  feeding.close_holes = data[3] % 2 == 1;
  require_same(whole, feed_request(bytes, ends, feeding));
  feeding.mode = BodyMode::discard;
  whole.body.clear();
  require_same(whole, feed_request(bytes, ends, feeding));
  return 0;
}
