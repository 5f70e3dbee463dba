#include "async/sync/connect.hpp"

#include <optional>
#include <utility>

#include "async/sync/blocking.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"
#include "epoll/resolve.hpp"

namespace async {

Task<sys::Result<TcpStream>> connect_any(std::vector<epoll::SocketAddress> addresses) {
  std::optional<TcpStream> winner;
  std::error_code error = std::make_error_code(std::errc::invalid_argument);  // of the last to fail
  Event attempt_over;
  const auto attempt = [&](epoll::SocketAddress address, TaskGroup& group) -> Task<> {
    auto stream = co_await TcpStream::connect(address);
    if (stream && !winner) {
      winner = std::move(*stream);
      group.cancel();
    } else if (!stream && stream.error() != std::errc::operation_canceled) {
      error = stream.error();
    }
    attempt_over.set();
  };
  // Starts one attempt after the other until there is a winner.
  const auto race = [&](TaskGroup& group) -> Task<> {
    for (const epoll::SocketAddress& address : epoll::families_in_turns(addresses)) {
      attempt_over.reset();
      group.spawn(attempt(address, group));
      const auto over = co_await timeout(kAttemptDelay, attempt_over.wait());
      if (winner || (!over && over.error() != std::errc::timed_out)) co_return;
    }
  };
  const auto joined = co_await with_group(race);
  if (winner) co_return std::move(*winner);
  co_return sys::failure(joined ? error : joined.error());
}

Task<sys::Result<TcpStream>> connect(std::string host, std::uint16_t port) {
  // getaddrinfo blocks, so it runs in a thread of its own.
  auto lookup = [host, port] { return epoll::resolve(host, port); };
  const auto addresses = co_await blocking_in(ThreadPool::for_names(), std::move(lookup));
  if (!addresses) co_return sys::failure(addresses.error());
  auto stream = co_await connect_any(*addresses);
  co_return stream;
}

}  // namespace async
