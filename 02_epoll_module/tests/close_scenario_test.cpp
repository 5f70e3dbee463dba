// The scenarios of the simulator of a TCP connection's end (tests/close_scenarios/), replayed with the kernel,
// over the loopback network.
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "epoll/socket.hpp"
#include "epoll/unique_fd.hpp"
#include "scenario.hpp"
#include "scenario_words.hpp"
#include "tcp_pair.hpp"

namespace close_scenario_test {

using scenario::count_or_error;
using scenario::outcome;
using scenario::Words;

std::string state_of(unsigned number) {
  static const std::map<unsigned, std::string> names{
      {TCP_ESTABLISHED, "ESTABLISHED"}, {TCP_FIN_WAIT1, "FIN_WAIT1"},
      {TCP_FIN_WAIT2, "FIN_WAIT2"},     {TCP_TIME_WAIT, "TIME_WAIT"},
      {TCP_CLOSE_WAIT, "CLOSE_WAIT"},   {TCP_LAST_ACK, "LAST_ACK"},
      {TCP_CLOSING, "CLOSING"},         {TCP_CLOSE, "on its way"}};
  const auto name = names.find(number);
  return name == names.end() ? "state " + std::to_string(number) : name->second;
}
// The state of the end with this port, from the kernel's table, which also has it when the descriptor is
// closed. CLOSED if there is none [sock_diag(7)].
std::string look_up(std::uint16_t port, std::uint16_t peer) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 request;
  } ask{};
  ask.header.nlmsg_len = sizeof ask;
  ask.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  ask.header.nlmsg_flags = NLM_F_REQUEST;
  ask.request.sdiag_family = AF_INET;
  ask.request.sdiag_protocol = IPPROTO_TCP;
  ask.request.idiag_states = ~0U;
  inet_diag_sockid& id = ask.request.id;
  id.idiag_sport = htons(port);
  id.idiag_dport = htons(peer);
  id.idiag_src[0] = id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  const epoll::UniqueFd table(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  if (::send(table.get(), &ask, sizeof ask, 0) < 0 ||
      ::recv(table.get(), answer.data(), answer.size(), 0) < 0)
    return "unknown";
  const auto* const header = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return "CLOSED";
  inet_diag_msg found{};
  std::memcpy(&found, NLMSG_DATA(header), sizeof found);
  return state_of(found.idiag_state);
}

struct End {
  explicit End(epoll::TcpStream made)
      : stream(std::move(made)), port(stream.local_address().value().port()) {}

  epoll::TcpStream stream;
  std::uint16_t port;
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
  [[nodiscard]] States states() const {
    return {look_up(client_->port, server_->port), look_up(server_->port, client_->port)};
  }
  // Segments may still be on their way: the states once they have arrived.
  [[nodiscard]] States settled() const {
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
    // "on its way": the kernel is about to keep a smaller record of a closed socket, in another state.
    static const std::set<std::string> waiting{"FIN_WAIT1", "CLOSING", "LAST_ACK", "on its way"};
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
