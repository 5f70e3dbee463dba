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
  explicit Race(std::size_t attempts) : places(attempts) { starts.reserve(attempts); }

  std::optional<TcpStream> winner;
  std::error_code error = std::make_error_code(std::errc::invalid_argument);  // of the last to fail
  // Each attempt takes a permit of its own, and gives it back when it is over.
  Semaphore places;
  std::vector<Semaphore::Permit> starts;  // of the attempts that have not begun
  std::vector<Semaphore::Permit> over;    // of those that have failed
};

Task<> attempt(epoll::SocketAddress address, Race& race, TaskGroup& group, Semaphore::Permit) {
  auto stream = co_await TcpStream::connect(address);
  if (!stream) {
    if (stream.error() != std::errc::operation_canceled) race.error = stream.error();
    co_return;
  }
  if (race.winner) co_return;
  race.winner = std::move(*stream);
  group.cancel();
}

// Starts one attempt after the other, until there is a winner.
Task<> start_attempts(const std::vector<epoll::SocketAddress>& addresses, Race& race,
                      TaskGroup& group) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto permit = co_await race.places.acquire();
    if (!permit) co_return;
    race.starts.push_back(std::move(*permit));
  }
  for (const epoll::SocketAddress& address : addresses) {
    Semaphore::Permit start = std::move(race.starts.back());
    race.starts.pop_back();
    group.spawn(attempt(address, race, group, std::move(start)));
    if (race.starts.empty()) co_return;
    auto failed = co_await timeout(kAttemptDelay, race.places.acquire());
    if (failed) race.over.push_back(std::move(*failed));
    if (race.winner || (!failed && failed.error() != std::errc::timed_out)) co_return;
  }
}

}  // namespace

Task<sys::Result<TcpStream>> connect_any(std::vector<epoll::SocketAddress> addresses) {
  const auto in_turns = epoll::families_in_turns(addresses);
  Race race(in_turns.size());
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
