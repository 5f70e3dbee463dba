// A fuzzer for the runtime, for clang's libFuzzer: each byte is a choice of a random program, which has to do
// what the model of runtime_model.hpp says. No part of the build; from this folder:
//
//   clang++-19 -std=c++23 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
//     -I.. -I../../../02_epoll_module/tests -I../../include -I../../../04_event_loop/include
//     -I../../../03_request_context/include -I../../../02_epoll_module/include
//     -I../../../01_syscall_macro/include runtime_fuzz.cpp ../runtime_model.cpp ../../src/{core,io,sync}/*.cpp
//     ../../../04_event_loop/src/{event_loop,timer_queue,log}.cpp ../../../02_epoll_module/src/*.cpp
//     ../../../01_syscall_macro/src/*.cpp -o runtime_fuzz
//   ./runtime_fuzz -max_len=2000 -max_total_time=60
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>

#include "runtime_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(std::span(data, size));
  async::testing::RuntimeModel model(choices);
  while (!choices.have_ended() && model.wrong().empty()) model.step();
  model.start_again();
  if (model.wrong().empty()) return 0;
  std::cerr << model.wrong() << '\n';
  std::abort();
}
