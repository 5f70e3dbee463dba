#include "support/trace.hpp"

#include <sys/socket.h>

#include <string_view>

#include "event_loop/log.hpp"

namespace examples {
namespace {

// An option of a socket; -1 for another kind of descriptor. The call is not counted, because it
// belongs to the trace and not to the traced program.
int option_of(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::string closing_line(int fd) {
  if (option_of(fd, SO_TYPE) != SOCK_STREAM) return {};
  const bool listens = option_of(fd, SO_ACCEPTCONN) == 1;
  return (listens ? "(TcpListener) close : " : "(TcpStream) close : ") + std::to_string(fd);
}

void write(const std::string& line) {
  if (!line.empty()) event_loop::standard_output_log().write(line);
}

}  // namespace

std::string trace_line(async::TraceEvent event, int number) {
  switch (event) {
    case async::TraceEvent::watched:
      return "(Reactor) add event: " + std::to_string(number);
    case async::TraceEvent::unwatched:
      return "(Reactor) delete event: " + std::to_string(number);
    case async::TraceEvent::woken:
      return "(Reactor) wake up. nfd = " + std::to_string(number);
    case async::TraceEvent::accepted:
      return "(TcpStream) accept: " + std::to_string(number);
    case async::TraceEvent::closing:
      return closing_line(number);
  }
  return {};
}

std::string summary(const async::Runtime& runtime) {
  const auto& counters = runtime.counters();
  std::string text;
  const auto add = [&text](std::string_view name, std::size_t count) {
    if (!text.empty()) text += ", ";
    text.append(name).append(" ").append(std::to_string(count));
  };
  add("turns", counters.turns);
  add("events", counters.events);
  add("tasks spawned", counters.spawned);
  add("tasks resumed", counters.resumed);
  add("woken by events", counters.woken);
  add("woken for nothing", counters.woken_for_nothing);
  return text;
}

Trace::Trace(async::Runtime& runtime) : observing_(calls_) {
  runtime.on_trace([](async::TraceEvent event, int number) { write(trace_line(event, number)); });
}

void Trace::write_listening(int fd) const {
  write("(TcpListener) listen: " + std::to_string(fd));
}

std::string Trace::system_calls() const {
  return "system calls: " + calls_.summary();
}

}  // namespace examples
