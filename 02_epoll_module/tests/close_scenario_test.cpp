// The scenarios of the simulator of a TCP connection's end (tests/close_scenarios/), replayed with the kernel,
// over the loopback network.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "epoll/socket.hpp"
#include "scenario.hpp"
#include "scenario_words.hpp"
#include "tcp_pair.hpp"

namespace close_scenario_test {

using scenario::count_or_error;
using scenario::outcome;
using scenario::Words;

// The name of a state, from its number in TCP_INFO and in /proc/net/tcp.
std::string state_of(unsigned number) {
  static const std::map<unsigned, std::string> names{
      {TCP_ESTABLISHED, "ESTABLISHED"}, {TCP_FIN_WAIT1, "FIN_WAIT1"},
      {TCP_FIN_WAIT2, "FIN_WAIT2"},     {TCP_TIME_WAIT, "TIME_WAIT"},
      {TCP_CLOSE_WAIT, "CLOSE_WAIT"},   {TCP_LAST_ACK, "LAST_ACK"},
      {TCP_CLOSING, "CLOSING"}};
  const auto name = names.find(number);
  return name == names.end() ? "state " + std::to_string(number) : name->second;
}
// How /proc/net/tcp writes an address.
std::string address_of(const epoll::SocketAddress& address) {
  std::array<char, 16> text{};
  (void)std::snprintf(text.data(), text.size(), "%08X:%04X", htonl(INADDR_LOOPBACK),
                      address.port());
  return text.data();
}

struct End {
  explicit End(epoll::TcpStream made)
      : stream(std::move(made)), address(address_of(stream.local_address().value())) {}

  epoll::TcpStream stream;
  std::string address;
  std::string state;       // before the last step; empty before the first
  std::size_t unread = 0;  // bytes that the peer has written, whether they have arrived or not
  bool held = false;       // its bytes fill all buffers
};

// A connection, with both of its ends.
class Connection {
 public:
  // What the step's call has returned, and the states that have changed.
  std::string run(const Words& words) {
    Words told;
    if (words[0] == "connect") {
      auto [client, server] = tcp_pair::connected();
      client_.emplace(std::move(client));
      server_.emplace(std::move(server));
    } else {
      const bool is_client = words[0] == "client";
      told.push_back(act(is_client ? *client_ : *server_, is_client ? *server_ : *client_, words));
    }
    const auto [client, server] = settled();
    if (std::exchange(client_->state, client) != client) told.push_back("client " + client);
    if (std::exchange(server_->state, server) != server) told.push_back("server " + server);
    return scenario::joined(told);
  }

 private:
  static std::string act(End& end, End& peer, const Words& words) {
    const int fd = end.stream.fd();
    if (fd < 0) return "EBADF";
    if (words[1] == "writes") return count_or_error(write(end, peer, std::stoul(words[2])));
    if (words[1] == "fills") return fill(end, peer);
    if (words[1] == "reads" && words.size() > 2) return read_all(end, peer);
    if (words[1] == "reads") return count_or_error(read(end, 4096));
    if (words[1] == "shuts") return outcome(::shutdown(fd, SHUT_WR));
    if (words[1] == "asks") return scenario::bits_of(fd);
    if (words[1] == "sets")
      end.stream.break_on_close();
    else if (words[1] == "closes")
      end.stream.close();
    else
      return "this step is not known";
    return "ok";
  }
  static ssize_t write(const End& end, End& peer, std::size_t size) {
    const std::string bytes(size, 'x');
    const ssize_t count = ::send(end.stream.fd(), bytes.data(), size, MSG_NOSIGNAL);
    if (count > 0) peer.unread += static_cast<std::size_t>(count);
    return count;
  }
  // Until the kernel takes nothing more, also once the peer has acknowledged what has arrived.
  static std::string fill(End& end, End& peer) {
    ssize_t count = 0;
    bool more = true;
    while (std::exchange(more, false)) {
      acknowledge(peer);
      while ((count = write(end, peer, 1 << 20)) > 0) more = end.held = true;
      if (errno != EAGAIN) break;
    }
    return outcome(count);
  }
  // What would be delayed otherwise.
  static void acknowledge(const End& end) {
    if (end.stream.fd() >= 0)
      (void)epoll::set_option(end.stream.fd(), IPPROTO_TCP, TCP_QUICKACK, 1);
  }
  static ssize_t read(End& end, std::size_t size) {
    std::string buffer(size, ' ');
    const ssize_t count = ::recv(end.stream.fd(), buffer.data(), size, 0);
    if (count > 0) end.unread -= static_cast<std::size_t>(count);
    return count;
  }
  // All that the peer has written, or what has come instead.
  static std::string read_all(End& end, End& peer) {
    while (end.unread > 0) {
      const ssize_t count = read(end, 1 << 20);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return count_or_error(count);
      pollfd readable{.fd = end.stream.fd(), .events = POLLIN, .revents = 0};
      if (count < 0 && ::poll(&readable, 1, 5000) != 1) return "too late";
    }
    peer.held = false;
    return "all";
  }
  using States = std::pair<std::string, std::string>;
  // The states of both ends, also of one whose descriptor is closed: an end that the kernel does not
  // list is CLOSED. The list is long, so it is not read for nothing.
  [[nodiscard]] States states() const {
    States known{state_of_open(*client_), state_of_open(*server_)};
    if (!known.first.empty() && !known.second.empty()) return known;
    States found{"CLOSED", "CLOSED"};
    std::ifstream list("/proc/net/tcp");
    for (std::string line; std::getline(list, line);) {
      const auto look_for = [&line](const End& end, const End& peer, std::string& state) {
        if (line.find(": " + end.address + " " + peer.address + " ") == line.npos) return;
        state = state_of(static_cast<unsigned>(std::stoul(line.substr(34, 2), nullptr, 16)));
      };
      look_for(*client_, *server_, found.first);
      look_for(*server_, *client_, found.second);
    }
    return {known.first.empty() ? found.first : known.first,
            known.second.empty() ? found.second : known.second};
  }
  // Empty if the descriptor is closed, or the socket has nothing more to do with the connection.
  static std::string state_of_open(const End& end) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(end.stream.fd(), IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return "";
    return info.tcpi_state == TCP_CLOSE ? "" : state_of(info.tcpi_state);
  }
  // Segments may still be on their way: the states once they have arrived.
  [[nodiscard]] States settled() const {
    if (is_over(client_->state) && is_over(server_->state)) return {client_->state, server_->state};
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    States now = states();
    while (!is_settled(now) && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
      now = states();
    }
    return now;
  }
  static bool is_over(const std::string& state) {
    return state == "TIME_WAIT" || state == "CLOSED";
  }
  [[nodiscard]] bool is_settled(const States& now) const {
    const auto& [client, server] = now;
    if ((client == "CLOSED" && !is_over(server)) || (server == "CLOSED" && !is_over(client)))
      return false;  // a reset is on its way
    acknowledge(*client_);
    acknowledge(*server_);
    return is_acknowledged(*client_, client) && is_acknowledged(*server_, server);
  }
  static bool is_acknowledged(const End& end, const std::string& state) {
    static const std::set<std::string> waiting{"FIN_WAIT1", "CLOSING", "LAST_ACK"};
    if (end.held || is_over(state)) return true;
    if (waiting.contains(state)) return false;
    const int fd = end.stream.fd();
    if (fd < 0) return true;
    int unacknowledged = 0;
    return ::ioctl(fd, SIOCOUTQ, &unacknowledged) < 0 || unacknowledged == 0;
  }

  std::optional<End> client_, server_;
};

TEST(CloseScenario, a_connection_ends_as_the_simulator_says) {
  scenario::replay_all<Connection>(SCENARIO_FOLDER "/../close_scenarios");
}

}  // namespace close_scenario_test
