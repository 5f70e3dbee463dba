// Load for echo and HTTP servers: one thread that does little beside its system calls.
//
//   build/release/bin/load echo 127.0.0.1:8080 --connections 64 --bytes 64 --seconds 2
//   build/release/bin/load http 127.0.0.1:8000 --pipeline 16
//   build/release/bin/load http 127.0.0.1:8000 --rate 20000
//   build/release/bin/load http 127.0.0.1:8000 --close
//   build/release/bin/load http 127.0.0.1:8000 --hold --connections 10000
//
// Closed loop, without --rate: a connection asks again when it has its answer. So a server that pauses
// is asked less while it pauses, and few of the requests that it would have delayed are ever made: the
// measurement is coordinated with what it measures, and its tail looks better than a user's. Open loop,
// with --rate: requests are due on a fixed schedule, whatever the server does. `latency` is counted from
// the moment when a request was due, `service` from when it was sent; they differ by the time that it
// waited for its connection.
//
// Prints one line of JSON. Exit status: 0; 1 if a byte was wrong or a connection failed; 2 for a wrong
// command line.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "epoll/command_line.hpp"
#include "epoll/descriptor_limit.hpp"
#include "epoll/socket_address.hpp"
#include "epoll/unique_fd.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

struct Options {
  epoll::SocketAddress address;
  bool http = false;
  std::size_t connections = 64;
  std::size_t bytes = 64;    // of an echoed message
  std::size_t pipeline = 1;  // requests that are sent at once
  double seconds = 2;
  std::size_t rate = 0;  // requests a second; 0: closed loop
  bool close = false;    // one request a connection
  bool hold = false;     // one request on each connection, then silence until stdin ends
};

[[noreturn]] void fail(std::string_view what, std::string_view why) {
  std::fprintf(stderr, "load: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(why.size()), why.data());
  std::_Exit(1);
}
[[noreturn]] void fail_errno(std::string_view what) {
  fail(what, std::strerror(errno));
}

// Times in buckets that are 1/64 of a power of two wide, so that each is known to 1.6 percent.
class Histogram {
 public:
  void add(nanoseconds time) noexcept {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 1));
    ++buckets_[bucket_of(value)];
    ++count_;
    most_ = std::max(most_, value);
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::string json() const {
    std::string text = "{";
    for (const auto& [name, part] : std::initializer_list<std::pair<const char*, double>>{
             {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}})
      text += '"' + std::string(name) + "\":" + std::to_string(microseconds(part)) + ',';
    return text + "\"max\":" + std::to_string(static_cast<double>(most_) / 1e3) + '}';
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::size_t kParts = std::size_t{1} << kBits;

  static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < kParts) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    return (shift + 1) * kParts + static_cast<std::size_t>((value >> shift) - kParts);
  }
  static std::uint64_t end_of(std::size_t bucket) noexcept {
    if (bucket < kParts) return bucket + 1;
    return (kParts + bucket % kParts + 1) << (bucket / kParts - 1);
  }
  [[nodiscard]] double microseconds(double part) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(std::min(end_of(i), most_)) / 1e3;
    }
    return static_cast<double>(most_) / 1e3;
  }

  std::array<std::uint64_t, (65 - kBits) * kParts> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

struct Connection {
  epoll::UniqueFd fd;
  std::string unsent;
  std::string partial;  // of an answer
  std::size_t answers_to_come = 0;
  std::deque<Clock::time_point> due;  // requests that wait for this connection
  Clock::time_point asked_due, sent;  // the request that is under way
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), connections_(options.connections) {
    if (options_.http) {
      request_ = "GET /hello HTTP/1.1\r\nHost: " + options_.address.to_string() +
                 (options_.close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
    } else {
      for (std::size_t i = 0; i < options_.bytes; ++i) request_ += static_cast<char>('!' + i % 90);
      answer_size_ = request_.size();
    }
    for (std::size_t i = 0; i < options_.pipeline; ++i) batch_ += request_;
    if (poll_.get() == -1) fail_errno("epoll_create1");
    for (Connection& connection : connections_) open(connection);
  }

  // Returns the line of JSON.
  std::string run();
  void hold();

 private:
  void open(Connection& connection);
  void ask(Connection& connection, Clock::time_point due);
  void flush(Connection& connection);
  void receive(Connection& connection);
  bool take_answers(Connection& connection, std::string_view bytes);
  void check(std::string_view answer) const;
  void answered(Connection& connection);
  void ask_what_is_due(Clock::time_point now);
  void turn(int timeout);

  const Options& options_;
  std::vector<Connection> connections_;
  epoll::UniqueFd poll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::array<epoll_event, 1024> events_{};
  std::array<char, 256 * 1024> buffer_{};
  std::string request_, batch_;
  std::size_t answer_size_ = 0;  // of HTTP: known from the first one
  bool asks_again_ = true;       // closed loop: when it has its answer
  bool counts_ = false;          // after the warm-up
  std::size_t next_ = 0;         // whose turn it is in the open loop
  Clock::time_point next_due_;
  std::size_t total_ = 0;  // answers, those of the warm-up included
  Histogram latency_, service_;
};

void Load::open(Connection& connection) {
  connection.fd =
      epoll::UniqueFd(::socket(options_.address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connection.fd.get() == -1) fail_errno("socket");
  const int fd = connection.fd.get();
  // It blocks until it is connected, which on one machine is at once.
  if (::connect(fd, options_.address.data(), options_.address.size()) == -1) fail_errno("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) == -1) fail_errno("epoll_ctl");
}

void Load::ask(Connection& connection, Clock::time_point due) {
  connection.asked_due = due;
  connection.sent = Clock::now();
  connection.answers_to_come = options_.pipeline;
  connection.unsent = batch_;
  flush(connection);
}

// What the kernel does not take waits for room: a load generator has nothing else to do with it.
void Load::flush(Connection& connection) {
  while (!connection.unsent.empty()) {
    const ssize_t count = ::send(connection.fd.get(), connection.unsent.data(),
                                 connection.unsent.size(), MSG_NOSIGNAL);
    if (count == -1) fail_errno("send");
    connection.unsent.erase(0, static_cast<std::size_t>(count));
  }
}

void Load::receive(Connection& connection) {
  const ssize_t count = ::recv(connection.fd.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (count == -1 && errno == EAGAIN) return;
  if (count == -1) fail_errno("recv");
  if (count == 0) {
    if (!options_.close || connection.answers_to_come != 0) fail("recv", "the server has closed");
    return answered(connection);
  }
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
  if (take_answers(connection, bytes) && !options_.close) answered(connection);
}

// Whether all answers of a batch have come.
bool Load::take_answers(Connection& connection, std::string_view bytes) {
  connection.partial.append(bytes);
  std::string_view left = connection.partial;
  while (connection.answers_to_come != 0) {
    if (answer_size_ == 0) {
      const auto head = left.find("\r\n\r\n");
      const auto length = left.find("Content-Length: ");
      if (head == left.npos) break;
      if (length > head) fail("answer", "no Content-Length: " + std::string(left.substr(0, head)));
      answer_size_ = head + 4 + std::strtoul(left.data() + length + 16, nullptr, 10);
    }
    if (left.size() < answer_size_) break;
    check(left.substr(0, answer_size_));
    left.remove_prefix(answer_size_);
    --connection.answers_to_come;
  }
  connection.partial.erase(0, connection.partial.size() - left.size());
  if (connection.answers_to_come == 0 && !connection.partial.empty())
    fail("answer", "more bytes than were asked for");
  return connection.answers_to_come == 0;
}

void Load::check(std::string_view answer) const {
  const bool right = options_.http ? answer.starts_with("HTTP/1.1 200 ") : answer == request_;
  if (!right) fail("answer", answer.substr(0, 200));
}

void Load::answered(Connection& connection) {
  const auto now = Clock::now();
  total_ += options_.pipeline;
  if (counts_) {
    for (std::size_t i = 0; i < options_.pipeline; ++i) {
      latency_.add(now - connection.asked_due);
      service_.add(now - connection.sent);
    }
  }
  if (options_.close) open(connection);
  if (!connection.due.empty()) {
    const auto due = connection.due.front();
    connection.due.pop_front();
    ask(connection, due);
  } else if (asks_again_) {
    ask(connection, now);
  }
}

void Load::ask_what_is_due(Clock::time_point now) {
  const nanoseconds period(1'000'000'000 / options_.rate);
  for (; next_due_ <= now; next_due_ += period) {
    Connection& connection = connections_[next_++ % connections_.size()];
    if (connection.answers_to_come == 0) {
      ask(connection, next_due_);
    } else {
      connection.due.push_back(next_due_);
    }
  }
}

void Load::turn(int timeout) {
  const int count =
      ::epoll_wait(poll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
  if (count == -1 && errno != EINTR) fail_errno("epoll_wait");
  for (int i = 0; i < count; ++i)
    receive(*static_cast<Connection*>(events_[static_cast<std::size_t>(i)].data.ptr));
}

std::string Load::run() {
  constexpr std::chrono::milliseconds kWarmUp{200};
  const auto begin = next_due_ = Clock::now();
  const auto counted_from = begin + kWarmUp;
  const auto end = counted_from + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options_.seconds));
  asks_again_ = options_.rate == 0;
  if (asks_again_) {
    for (Connection& connection : connections_) ask(connection, begin);
  }
  Clock::time_point now;
  while ((now = Clock::now()) < end) {
    counts_ = now >= counted_from;
    if (!asks_again_) ask_what_is_due(now);
    turn(asks_again_ ? 10 : 0);  // on a schedule it looks all the time: a wait ends too late
  }
  const double seconds = std::chrono::duration<double>(now - counted_from).count();
  return "{\"total\":" + std::to_string(total_) +
         ",\"answers\":" + std::to_string(latency_.count()) +
         ",\"seconds\":" + std::to_string(seconds) +
         ",\"rate\":" + std::to_string(static_cast<double>(latency_.count()) / seconds) +
         ",\"latency_us\":" + latency_.json() + ",\"service_us\":" + service_.json() + '}';
}

void Load::hold() {
  asks_again_ = false;
  for (Connection& connection : connections_) {
    ask(connection, Clock::now());
    while (connection.answers_to_come != 0) turn(1000);
  }
  std::printf("holding %zu\n", connections_.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const epoll::CommandLine line(
      "Sends requests to a server, counts the answers, and prints how long they took.",
      {{"PROTOCOL",
        [&](std::string_view text) { return (options.http = text == "http") || text == "echo"; },
        "echo or http"},
       {"HOST:PORT",
        [&](std::string_view text) {
          const auto address = epoll::SocketAddress::parse(text);
          if (address) options.address = *address;
          return address.has_value();
        },
        "an address, not a name"},
       {"[--connections N]", epoll::number_into<std::size_t>(options.connections, 1, 50'000), "64"},
       {"[--bytes N]", epoll::number_into<std::size_t>(options.bytes, 1, 64 * 1024),
        "of an echoed message, 1 to 65536; 64"},
       {"[--pipeline N]", epoll::number_into<std::size_t>(options.pipeline, 1, 64),
        "requests at once; 1"},
       {"[--seconds N]", epoll::number_into(options.seconds, 0.01, 3600.0), "0.01 to 3600; 2"},
       {"[--rate N]", epoll::number_into<std::size_t>(options.rate, 1, 10'000'000),
        "requests a second, on a schedule; if not given, each connection asks when it is answered"},
       {"[--close]", epoll::set(options.close), "one request per connection"},
       {"[--hold]", epoll::set(options.hold),
        "one request on each connection, then silence until standard input ends"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  (void)epoll::raise_descriptor_limit();
  Load load(options);
  if (options.hold) {
    load.hold();
  } else {
    std::printf("%s\n", load.run().c_str());
  }
  return 0;
}
