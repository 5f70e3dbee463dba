// A fuzzer for the runtime, for clang's libFuzzer: each byte is a choice of a random program, which has to do
// what the model of runtime_model.hpp says.
//
//   ./workbook fuzz runtime --seconds 60
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
