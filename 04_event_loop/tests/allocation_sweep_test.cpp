// An allocation sweep: the same scenario again and again, each time with another request for memory
// failing. That may end the client that met it. The server goes on, and the next client is served.
#include <cstdio>
#include <list>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "allocations.hpp"
#include "epoll/tcp_listener.hpp"
#include "event_loop/http_get.hpp"
#include "event_loop/http_server.hpp"
#include "server_rig.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

using event_loop::HttpServerOptions;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using std::chrono_literals::operator""ms;

// Turns in which the n-th request for memory fails. The test's own clients are left in peace.
class Sweep {
 public:
  explicit Sweep(std::size_t nth) noexcept : fault_(nth) {}
  void turn(ServerRig& rig) {
    for (Client& client : rig.clients()) client.pump();
    fault_.arm();
    const auto ran = rig.loop().run_once(1ms);
    fault_.disarm();
    ASSERT_TRUE(ran);
  }
  [[nodiscard]] bool has_failed() const noexcept { return fault_.has_failed(); }

 private:
  allocations::FailNth fault_;
};

template <class Scenario>
void sweep(const HttpServerOptions& options, const Scenario& scenario) {
  const sys::DescriptorWatch descriptors;
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    ServerRig rig(options, [](const http::Request& request) {
      return http::Response::text(200, request.path() == "/large" ? std::string(300'000, 'x') : "");
    });
    Sweep turns(nth);
    scenario(rig, turns);
    if (::testing::Test::HasFatalFailure()) return;
    const bool failed = turns.has_failed();
    // With so little time a busy machine may miss a deadline.
    ASSERT_TRUE(rig.serves() || rig.serves() || rig.serves());
    for (Client& client : rig.clients()) client.close();
    ASSERT_TRUE(rig.until([&] { return rig.server().connections() == 0; }));
    ASSERT_EQ(rig.loop().sources(), 1u) << "of the listener";
    ASSERT_EQ(rig.loop().timers().size(), 0u);
    if (!failed) {
      EXPECT_GT(nth, 5u) << "this sweep has seen next to nothing";
      std::printf("%zu runs\n", nth);
      break;
    }
  }
  EXPECT_EQ(descriptors.change(), 0);
}

TEST(AllocationSweep, of_clients_that_come_ask_and_leave) {
  HttpServerOptions options;
  options.verbose = true;
  sweep(options, [](ServerRig& rig, Sweep& turns) {
    Client& first = rig.connect().ask("GET", "/");
    Client& second = rig.connect(true).ask("GET", "/large");
    second.reads = false;
    for (int i = 0; i < 4; ++i) turns.turn(rig);
    second.reads = true;
    first.ask("POST", "/", std::string(30'000, 'b')).send("no HTTP at all\r\n\r\n");
    for (int i = 0; i < 10; ++i) turns.turn(rig);
  });
}

TEST(AllocationSweep, of_clients_that_are_too_slow) {
  HttpServerOptions options;
  options.head_timeout = options.body_timeout = options.idle_timeout = options.linger_timeout =
      20ms;
  sweep(options, [](ServerRig& rig, Sweep& turns) {
    rig.connect().send("GET / HTTP/1.1\r\n");
    rig.connect().send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
    rig.connect();
    turns.turn(rig);
    for (int i = 0; i < 500 && rig.server().connections() > 0; ++i) turns.turn(rig);
  });
}

TEST(AllocationSweep, of_clients_that_are_refused_for_want_of_a_descriptor_or_a_place) {
  HttpServerOptions options;
  options.max_connections = 2;
  sweep(options, [](ServerRig& rig, Sweep& turns) {
    for (int i = 0; i < 4; ++i) rig.connect().ask("GET", "/");
    for (int i = 0; i < 6; ++i) turns.turn(rig);
  });
}

// A server that takes no part in the loop, and none of its memory: it answers all of its clients, in two
// pieces.
class Pages {
 public:
  [[nodiscard]] epoll::SocketAddress address() const { return *listener_.local_address(); }
  void pump() {
    while (auto client = listener_.accept()) clients_.push_back({std::move(client->stream)});
    for (Visitor& client : clients_) {
      std::array<std::byte, 4096> buffer;
      const auto count = client.stream.read(buffer);
      if (!client.was_asked && !(count && *count != 0)) continue;
      const std::string_view piece = std::exchange(client.was_asked, true) ? kRest : kBegin;
      (void)client.stream.write(std::as_bytes(std::span(piece)));
      if (piece == kRest) client.stream.close();
    }
    std::erase_if(clients_, [](const Visitor& client) { return client.stream.fd() < 0; });
  }

 private:
  struct Visitor {
    epoll::TcpStream stream;
    bool was_asked = false;
  };
  static constexpr std::string_view kBegin = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  static constexpr std::string_view kRest =
      "Content-Length: 40\r\n\r\n1234567890123456789012345678901234567890";

  epoll::TcpListener listener_ =
      epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
  std::list<Visitor> clients_;
};

// What became of one page.
struct Page {
  int times = 0;
  int status = 0;
  std::string error;

  event_loop::HttpGet::Done done() {
    return [this](event_loop::HttpGet::Outcome outcome) {
      ++times;
      if (outcome) {
        status = (*outcome)->body.size() == 40 ? (*outcome)->status : -1;
      } else {
        error = std::move(outcome.error());
      }
    };
  }
};

TEST(AllocationSweep, of_a_client_that_asks_for_two_pages) {
  const sys::DescriptorWatch descriptors;
  const auto url = http::Url::parse("http://test.example/a/page/with/a/name").value();
  std::size_t pages_lost = 0;
  for (std::size_t nth = 1;; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    Pages server;
    const auto refused =
        epoll::TcpListener::bind(epoll::SocketAddress::loopback(0))->local_address();
    const std::vector addresses{refused.value(), server.address()};
    const auto loop = event_loop::EventLoop::create().value();
    allocations::FailNth fault(nth);
    std::array<Page, 2> pages;
    std::array<std::optional<event_loop::HttpGet>, 2> clients;
    std::size_t begun = 0;
    for (auto& client : clients) {
      auto done = pages[begun].done();
      auto copy = addresses;
      fault.arm();
      try {
        client.emplace(*loop, url, copy, std::move(done));
        ++begun;
      } catch (const std::bad_alloc&) {
      }
      fault.disarm();
    }
    const auto is_over = [&] {
      return static_cast<std::size_t>(pages[0].times + pages[1].times) == begun;
    };
    while (!is_over()) {
      server.pump();
      fault.arm();
      EXPECT_NO_THROW(loop->run_once(1ms).value());
      fault.disarm();
    }
    int whole = 0;
    for (const Page& page : pages) {
      whole += page.status == 200;
      if (page.times == 0 || page.status == 200) continue;
      EXPECT_EQ(page.error, "no memory");
      ++pages_lost;
    }
    EXPECT_GE(whole, 1) << "want of memory ends one page at most";
    EXPECT_EQ(whole == 2, !fault.has_failed());
    EXPECT_EQ(loop->sources(), 0u);
    EXPECT_EQ(loop->timers().size(), 0u);

    Page next;
    const event_loop::HttpGet client(*loop, url, addresses, next.done());
    while (next.times == 0) {
      server.pump();
      ASSERT_TRUE(loop->run_once(1ms));
    }
    EXPECT_EQ(next.status, 200);
    if (!fault.has_failed()) {
      EXPECT_GT(nth, 20u) << "this sweep has seen next to nothing";
      std::printf("%zu runs\n", nth);
      break;
    }
  }
  EXPECT_GT(pages_lost, 10u);
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
