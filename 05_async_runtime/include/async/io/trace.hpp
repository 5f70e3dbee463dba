// What a server program shows with `--trace`.
//
//   const async::Trace trace(*runtime);                    // in the thread that runs it
//   runtime->block_on(serve(listener));
//   print(runtime->summary(), trace.system_calls());
//
// On the standard output, a line for each thing that happens to a descriptor, in the words of the
// original runtime:
//
//   (Reactor) add event: 7             from now on the loop watches it; once in its life
//   (Reactor) wake up. nfd = 2         so many sources had news in this turn
//   (TcpStream) accept: 8
//   (Reactor) delete event: 8          it is watched no more,
//   (TcpStream) close : 8              and closed
#pragma once

#include <string>

#include "async/io/runtime.hpp"
#include "syscall/observer.hpp"

namespace async {

class Trace {
 public:
  // Lines from now on until the runtime is gone. The system calls of this thread are counted until
  // the trace is gone.
  explicit Trace(Runtime& runtime);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // "system calls: accept4 2, close 1, ...", by name.
  [[nodiscard]] std::string system_calls() const;

 private:
  sys::CallCounter calls_;
  sys::ScopedObserver observing_;
};

}  // namespace async
