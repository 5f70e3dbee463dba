#include "async/trace.hpp"

#include <cstdio>
#include <string_view>

namespace async {

Trace::Trace(Runtime& runtime) : watching_(calls_) {
  runtime.on_trace([](std::string_view line) {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);  // now, into a file as well
  });
}

std::string Trace::system_calls() const {
  return "system calls: " + calls_.summary();
}

}  // namespace async
