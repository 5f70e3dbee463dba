// Signals, pipes and child processes for tasks.
//
//   auto signals = async::Signals::create({SIGINT, SIGTERM});   // before other threads start
//   auto number = co_await signals->next();
//
//   epoll::SpawnOptions options;
//   options.standard_output = epoll::Stdio::piped;
//   auto child = async::Child::spawn({"date"}, options);
//   auto count = co_await child->standard_output->read(buffer);
//   auto status = co_await child->wait();
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/io/io_object.hpp"
#include "async/io/stream.hpp"
#include "epoll/child.hpp"
#include "epoll/pipe.hpp"
#include "epoll/signals.hpp"

namespace async {

// Reading and writing: see stream.hpp.
using PipeReader = ReadHalf<epoll::PipeReader>;
using PipeWriter = WriteHalf<epoll::PipeWriter>;

[[nodiscard]] inline PipeReader make_async(epoll::PipeReader reader) {
  return PipeReader(std::make_shared<IoObject<epoll::PipeReader>>(std::move(reader)));
}
[[nodiscard]] inline PipeWriter make_async(epoll::PipeWriter writer) {
  return PipeWriter(std::make_shared<IoObject<epoll::PipeWriter>>(std::move(writer)));
}
template <class End>
[[nodiscard]] auto make_async(std::optional<End> end) {
  return end ? std::optional(make_async(std::move(*end))) : std::nullopt;
}

class Signals {
 public:
  // See epoll::Signals::create.
  [[nodiscard]] static sys::Result<Signals> create(std::initializer_list<int> numbers) {
    return sys::Result<Signals>(epoll::Signals::create(numbers));
  }
  explicit Signals(epoll::Signals signals)
      : io_(std::make_unique<IoObject<epoll::Signals>>(std::move(signals))) {}

  // Result<int>: the next signal. Every Signals object in the process that was created for that
  // number receives it. If cancelled, it has taken none.
  [[nodiscard]] auto next() {
    return io_->operation(Direction::read, [](epoll::Signals& signals) { return signals.next(); });
  }

 private:
  std::unique_ptr<IoObject<epoll::Signals>> io_;
};

class Child {
 public:
  // See epoll::Child::spawn.
  [[nodiscard]] static sys::Result<Child> spawn(const std::vector<std::string>& arguments,
                                                const epoll::SpawnOptions& options = {}) {
    return sys::Result<Child>(epoll::Child::spawn(arguments, options));
  }
  explicit Child(epoll::Child child)
      : standard_input(make_async(std::move(child.standard_input))),
        standard_output(make_async(std::move(child.standard_output))),
        standard_error(make_async(std::move(child.standard_error))),
        io_(std::make_unique<IoObject<epoll::Child>>(std::move(child))) {}

  // Result<epoll::ExitStatus>: how the child ended. Closes standard_input first, as
  // epoll::Child::wait does: a child that reads to the end of its input would wait for us while we
  // wait for it. If cancelled, the child still runs.
  [[nodiscard]] auto wait() {
    // #region process.wait
    standard_input.reset();
    // #endregion process.wait
    return io_->operation(Direction::read, [](epoll::Child& child) { return child.try_wait(); });
  }

  // See epoll::Child::kill.
  [[nodiscard]] sys::Result<> kill(int number) { return io_->socket->kill(number); }
  [[nodiscard]] pid_t pid() const noexcept { return io_->socket->pid(); }

  // Our ends of the pipes. Closing the first one (reset) makes the child read the end of its input.
  std::optional<PipeWriter> standard_input;
  std::optional<PipeReader> standard_output;
  std::optional<PipeReader> standard_error;

 private:
  std::unique_ptr<IoObject<epoll::Child>> io_;
};

}  // namespace async
