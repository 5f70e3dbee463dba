#include "async/io/trace.hpp"

#include <string_view>

#include "event_loop/log.hpp"

namespace async {

Trace::Trace(Runtime& runtime) : observing_(calls_) {
  runtime.on_trace([](std::string_view line) { event_loop::standard_output_log().write(line); });
}

std::string Trace::system_calls() const {
  return "system calls: " + calls_.summary();
}

}  // namespace async
