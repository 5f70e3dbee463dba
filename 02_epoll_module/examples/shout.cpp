// Says in capitals what it is given: a thread sends the words, a child process changes them.
//
//   ./workbook run --mine shout one door          ONE DOOR
//
// Its thread sends each word through a channel. The loop passes it on to `tr`, through a pipe, and
// reads from another pipe what comes back, until the child has ended.
#include <array>
#include <cstdio>
#include <span>
#include <string>
#include <thread>

#include "epoll/channel.hpp"
#include "epoll/child.hpp"
#include "epoll/poll.hpp"
#include "syscall/report.hpp"

namespace {

constexpr epoll::Token kWords{1, 1};
constexpr epoll::Token kOutput{2, 1};

// Passes on the words that have come. At the end it closes the child's input.
sys::Result<> feed(epoll::Receiver<std::string>& words, epoll::Child& child, epoll::Poll& poll) {
  while (true) {
    const auto word = words.receive();
    if (!word) return {};  // none at the moment
    if (!*word) {
      child.standard_input.reset();
      return poll.remove(words.fd());
    }
    SYS_TRY(child.standard_input->write(std::as_bytes(std::span(**word))));
  }
}

sys::Result<> run(epoll::Receiver<std::string> words, epoll::Child child, epoll::Poll poll) {
  const auto readable = epoll::Interest::read();
  SYS_TRY(poll.add(words.fd(), kWords, readable, epoll::Trigger::level));
  SYS_TRY(poll.add(child.standard_output->fd(), kOutput, readable, epoll::Trigger::level));
  epoll::Events events;
  while (true) {
    SYS_TRY(poll.wait(events, std::nullopt));
    for (const epoll::Event event : events) {
      if (event.token() == kWords) {
        SYS_TRY(feed(words, child, poll));
      } else if (event.token() == kOutput) {
        std::array<std::byte, 4096> text{};
        const auto count = child.standard_output->read(text);
        SYS_TRY(count);
        std::fwrite(text.data(), 1, *count, stdout);
        if (*count == 0) {  // the end of its output: it ends, too
          SYS_TRY(child.wait());
          return {};
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  epoll::SpawnOptions options;
  options.standard_input = epoll::Stdio::piped;
  options.standard_output = epoll::Stdio::piped;
  auto child = epoll::Child::spawn({"tr", "a-z", "A-Z"}, options);
  if (!child) return sys::fail("cannot start tr", child.error());
  auto poll = epoll::Poll::create();
  auto channel = epoll::Channel<std::string>::create(64);
  if (!poll || !channel) return sys::fail("cannot start");
  std::jthread thread([sender = std::move(channel->sender),
                       words = std::span(argv, static_cast<std::size_t>(argc))] {
    for (std::size_t i = 1; i < words.size(); ++i)
      (void)sender.send(words[i] + std::string(i + 1 == words.size() ? "\n" : " "));
  });
  const auto done = run(std::move(channel->receiver), std::move(*child), std::move(*poll));
  return done ? 0 : sys::fail("cannot continue", done.error());
}
