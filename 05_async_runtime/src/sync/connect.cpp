#include "async/sync/connect.hpp"

#include <optional>
#include <utility>

#include "async/sync/blocking.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"
#include "epoll/resolve.hpp"

namespace async {
namespace {

struct Race {
  std::optional<TcpStream> winner;
  std::error_code error = std::make_error_code(std::errc::invalid_argument);  // of the last to fail
  Event attempt_over;
};

Task<> attempt(epoll::SocketAddress address, Race& race, TaskGroup& group) {
  auto stream = co_await TcpStream::connect(address);
  if (stream && !race.winner) {
    race.winner = std::move(*stream);
    group.cancel();
  } else if (!stream && stream.error() != std::errc::operation_canceled) {
    race.error = stream.error();
  }
  race.attempt_over.set();
}

// Starts one attempt after the other, until there is a winner.
Task<> start_attempts(const std::vector<epoll::SocketAddress>& addresses, Race& race,
                      TaskGroup& group) {
  for (const epoll::SocketAddress& address : addresses) {
    race.attempt_over.reset();
    group.spawn(attempt(address, race, group));
    const auto over = co_await timeout(kAttemptDelay, race.attempt_over.wait());
    if (race.winner || (!over && over.error() != std::errc::timed_out)) co_return;
  }
}

}  // namespace

Task<sys::Result<TcpStream>> connect_any(std::vector<epoll::SocketAddress> addresses) {
  const auto in_turns = epoll::families_in_turns(addresses);
  Race race;
  auto body = [&](TaskGroup& group) { return start_attempts(in_turns, race, group); };
  auto joined = co_await with_group(body);
  if (race.winner) co_return std::move(*race.winner);
  if (!joined) co_return sys::failure(joined.error());
  co_return sys::failure(race.error);
}

Task<sys::Result<TcpStream>> connect(std::string host, std::uint16_t port) {
  // getaddrinfo blocks, so it does that in a thread of its own.
  auto lookup = [host, port] { return epoll::resolve(host, port); };
  const auto addresses = co_await blocking_in(ThreadPool::for_names(), std::move(lookup));
  if (!addresses) co_return sys::failure(addresses.error());
  auto stream = co_await connect_any(*addresses);
  co_return stream;
}

}  // namespace async
