// What a server program prints with `--trace`.
//
//   const examples::Trace trace(*runtime);                 // in the thread that runs it
//   runtime->block_on(serve(listener));
//   print(examples::summary(*runtime), trace.system_calls());
//
// On standard output, a line for each event of a descriptor, in the words of the original runtime:
//
//   (TcpListener) listen: 6
//   (Reactor) add event: 6             from now on the loop watches it; once in its life
//   (Reactor) wake up. nfd = 2         the number of sources with events in this turn
//   (TcpStream) accept: 8
//   (Reactor) delete event: 8          it is no longer watched,
//   (TcpStream) close : 8              and closed
#pragma once

#include <string>

#include "async/io/runtime.hpp"
#include "syscall/observer.hpp"

namespace examples {

// The line for an event of async::Runtime::on_trace; empty for an event that the original has no
// words for: the closing of a descriptor that is not a stream.
[[nodiscard]] std::string trace_line(async::TraceEvent event, int number);

// The summary: "turns 12, events 20, ...".
[[nodiscard]] std::string summary(const async::Runtime& runtime);

class Trace {
 public:
  // Prints lines from now on until the runtime is gone. The system calls of this thread are counted
  // until the trace is gone.
  explicit Trace(async::Runtime& runtime);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Prints that the program listens. The runtime does not know this before a task waits for a
  // client.
  void write_listening(int fd) const;
  // "system calls: accept4 2, close 1, ...", by name.
  [[nodiscard]] std::string system_calls() const;

 private:
  sys::CallCounter calls_;
  sys::ScopedObserver observing_;
};

}  // namespace examples
