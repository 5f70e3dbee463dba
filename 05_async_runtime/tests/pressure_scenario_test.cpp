// The scenarios of the simulator of back pressure (tests/pressure_scenarios/), replayed with what
// tcp_proxy does for each client, and the kernel. The connections are Unix socket pairs, in which
// bytes that are sent have arrived, and which hold exactly four blocks.
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <optional>
#include <string>

#include "scenario.hpp"
#include "scenario_words.hpp"
#include "support/forward.hpp"
#include "testing.hpp"

namespace async::testing::pressure_scenario_test {

using scenario::outcome;
using scenario::Words;

// A block fills a Lease. With the kernel's own overhead it takes about 67,000 bytes of a send buffer: the
// fourth reaches the limit, twice this number [socket(7), SO_SNDBUF], and the third does not.
constexpr std::size_t kBlock = Lease::kSize;
constexpr int kSendBuffer = 126'000;

class Subject {
 public:
  std::string run(const Words& words) {
    if (words[0] == "relay") return start();
    if (words[0] == "proxy") return proxy_runs();
    epoll::UniqueFd& end = words[0] == "server" ? server_ : client_;
    const int fd = end.get();
    if (words[1] == "asks") return scenario::bits_of(fd);
    if (words[1] == "ends") return outcome(::shutdown(fd, SHUT_WR));
    if (words[1] == "reads")
      return repeated(words[2], [&] { return ::recv(fd, block_.data(), kBlock, 0); });
    if (words[1] == "writes")
      return repeated(words[2], [&] { return ::send(fd, block_.data(), kBlock, MSG_NOSIGNAL); });
    if (words[1] != "closes") return "this step is not known";
    end.reset();
    return "ok";
  }

 private:
  std::string start() {
    auto [server, upstream] = epoll::make_socket_pair(SOCK_STREAM).value();
    auto [client, downstream] = epoll::make_socket_pair(SOCK_STREAM).value();
    for (const int sender : {server.get(), downstream.get()})
      epoll::set_option(sender, SOL_SOCKET, SO_SNDBUF, kSendBuffer).value();
    server_ = std::move(server);
    client_ = std::move(client);
    upstream_.emplace(epoll::TcpStream::adopt(std::move(upstream)));
    downstream_.emplace(epoll::TcpStream::adopt(std::move(downstream)));
    (void)runtime_->spawn(forward());
    return "-";
  }
  Task<> forward() {
    const auto done = co_await examples::forward(*downstream_, *upstream_, std::chrono::hours(1));
    end_ = done ? "over" : "aborted";
  }
  // How many blocks it has moved until it waited again, and what for.
  std::string proxy_runs() {
    if (!end_.empty()) return end_;
    const std::size_t waiting = unread(upstream_->socket()->fd());
    const std::size_t arrived = unread(client_.get());
    runtime_->block_on(turns(8));
    if (!end_.empty()) return end_;
    const std::size_t took = waiting - unread(upstream_->socket()->fd());
    const std::size_t gave = client_ ? unread(client_.get()) - arrived : 0;
    held_ += took - gave;
    Words told;
    if (took > 0) told.push_back("read " + std::to_string(took));
    if (gave > 0) told.push_back("wrote " + std::to_string(gave));
    const bool has_ended = scenario::bits_of(client_.get()).ends_with("RDHUP");
    told.emplace_back(held_ > 0 ? "waits to write" : has_ended ? "ended" : "waits to read");
    return scenario::joined(told);
  }

  // How many of `count` blocks were moved, and what has stopped it.
  template <class Move>
  static std::string repeated(const std::string& count, Move move) {
    for (int moved = 0; moved < std::stoi(count); ++moved) {
      const ssize_t bytes = move();
      if (bytes == ssize_t{kBlock}) continue;
      const std::string stopped = bytes > 0 ? "a part" : bytes == 0 ? "end" : outcome(-1);
      return moved == 0 ? stopped : std::to_string(moved) + ", " + stopped;
    }
    return count;
  }
  // In blocks.
  static std::size_t unread(int fd) {
    int bytes = 0;
    if (::ioctl(fd, FIONREAD, &bytes) < 0) return 0;
    return static_cast<std::size_t>(bytes) / kBlock;
  }

  std::vector<std::byte> block_ = std::vector<std::byte>(kBlock);
  std::size_t held_ = 0;  // blocks that it has read and not written
  std::string end_;
  epoll::UniqueFd server_, client_;
  std::optional<TcpStream> upstream_, downstream_;
  std::unique_ptr<Runtime> runtime_ = Runtime::create().value();
};

TEST(PressureScenario, a_proxy_behaves_as_the_simulator_says) {
  scenario::replay_all<Subject>(SCENARIO_FOLDER "/../pressure_scenarios");
}

}  // namespace async::testing::pressure_scenario_test
