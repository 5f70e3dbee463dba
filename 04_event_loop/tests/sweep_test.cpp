// Fault sweeps over a server, a client and a loop: each scenario with each fault. It may end the client that
// met it. The server keeps running, loses no descriptor and no timer, and serves the next one.
#include "sweep.hpp"

#include <netinet/tcp.h>

#include <csignal>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "epoll/tcp_listener.hpp"
#include "event_loop/http_get.hpp"
#include "event_loop/http_server.hpp"
#include "event_loop/signal_source.hpp"
#include "server_descriptors.hpp"
#include "server_rig.hpp"

namespace sweep_scenarios {

using event_loop::EventLoop;
using event_loop::HttpServerOptions;
using event_loop::testing::binary;
using event_loop::testing::Client;
using event_loop::testing::ServerRig;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using sweep::Kind;

// --- clients of a server

constexpr std::size_t kLarge = 60'000;  // more than the kernel takes for one client, see below

// Clients of a rig, and whether each of them got all that it had asked for.
using Scenario = bool (*)(ServerRig& rig);

void sweep_server(Kind kind, Scenario scenario, const HttpServerOptions& options = {}) {
  static const std::string large = binary(kLarge);
  const auto answer = [](const http::Request& request) {
    return http::Response::text(200, request.path() == "/large" ? large : request.body_text());
  };
  const auto one_run = [&](sweep::Fault& fault) {
    ServerRig rig(options, answer);
    // A connection has the sizes from its listener [socket(7), tcp(7)]. Of segments as large as the buffer,
    // which a loopback has, each would wait for an acknowledgement that the client's system delays.
    const int listener = event_loop::testing::listener_of(rig.address());
    epoll::set_option(listener, SOL_SOCKET, SO_SNDBUF, 16'384).value();
    epoll::set_option(listener, IPPROTO_TCP, TCP_MAXSEG, 1000).value();
    rig.fault = &fault;
    const bool is_complete = scenario(rig);
    rig.fault = nullptr;
    const bool may_fail = fault.has_struck() && !fault.is_harmless();
    EXPECT_TRUE(is_complete || may_fail) << "an answer is missing";
    // With as little time as some of these clients have, a busy machine may miss a deadline.
    ASSERT_TRUE(rig.serves() || rig.serves() || rig.serves());
    for (Client& client : rig.clients()) client.close();
    ASSERT_TRUE(rig.until(
        [&] { return rig.server().connections() == 0 && rig.loop().timers().size() == 0; }));
    ASSERT_EQ(rig.loop().sources(), 1u) << "of the listener";
  };
  EXPECT_GT(sweep::run(kind, one_run).points, 3u) << "this sweep has seen next to nothing";
}

// The answers come, or the end does. Then: whether as many came as should, and no other ones.
bool answers_of(ServerRig& rig, const Client& client, std::size_t count) {
  EXPECT_TRUE(rig.until([&] { return client.ended() || client.answers().size() >= count; }))
      << "neither an answer nor an end";
  const auto is_good = [](const event_loop::testing::Answer& answer) {
    return answer.status == 200;
  };
  return client.answers().size() == count && std::ranges::all_of(client.answers(), is_good);
}

// Two requests on one connection, the second with a body in pieces and an answer that has to wait for its
// reader, and a goodbye.
bool ask_twice_and_leave(ServerRig& rig) {
  Client& client = rig.connect();
  client.ask("GET", "/");
  bool is_complete = answers_of(rig, client, 1);
  client.reads = false;
  static const std::string body = binary(20'000);  // more than the server reads at once
  client.send("POST /large HTTP/1.1\r\nHost: test\r\nContent-Length: 20000\r\n\r\n");
  rig.turn();
  client.send(body);
  for (int i = 0; i < 4; ++i) rig.turn();
  client.reads = true;
  client.finish_sending();
  is_complete = answers_of(rig, client, 2) && is_complete;
  EXPECT_TRUE(rig.ended(client));
  return is_complete && client.answers()[1].body.size() == kLarge;
}

// An upload that waits to be asked for, one of unknown length, and a pipeline whose answers do not fit.
bool upload_and_pipeline(ServerRig& rig) {
  Client& client = rig.connect();
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(rig.until([&] { return client.ended() || !client.received().empty(); }));
  client.send("body");
  bool is_complete = answers_of(rig, client, 1) && client.answers()[0].body == "body";
  // In one piece: a second one would wait until the first is acknowledged (Nagle), 40 ms in each run.
  client.send(
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nchunk\r\n3\r\ned.\r\n0\r\n\r\n"
      "GET / HTTP/1.1\r\nHost: test\r\n\r\nGET /large HTTP/1.1\r\nHost: test\r\n\r\n");
  client.reads = false;
  for (int i = 0; i < 4; ++i) rig.turn();
  client.reads = true;
  is_complete = answers_of(rig, client, 4) && is_complete;
  return is_complete && client.answers()[3].body.size() == kLarge;
}

// Several that come at once, one of whom makes a mistake.
bool come_ask_and_leave(ServerRig& rig) {
  Client& first = rig.connect().ask("GET", "/");
  Client& second = rig.connect().ask("GET", "/large");
  second.reads = false;
  for (int i = 0; i < 4; ++i) rig.turn();
  second.reads = true;
  first.ask("POST", "/", std::string(30'000, 'b')).send("no HTTP at all\r\n\r\n");
  EXPECT_TRUE(rig.ended(first));
  return answers_of(rig, second, 1) && first.answers().size() == 3;
}

// Each of them meets a deadline.
bool are_too_slow(ServerRig& rig) {
  rig.connect().send("GET / HTTP/1.1\r\n");
  rig.connect().send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
  rig.connect();
  rig.turn();
  for (Client& client : rig.clients()) EXPECT_TRUE(rig.ended(client));
  return true;
}
HttpServerOptions little_time() {
  HttpServerOptions options;
  options.head_timeout = options.body_timeout = options.idle_timeout = 20ms;
  return options;
}

// More than there are places: each is served once another has been.
bool are_too_many(ServerRig& rig) {
  for (int i = 0; i < 4; ++i) rig.connect().ask("GET", "/");
  bool is_complete = true;
  for (Client& client : rig.clients()) is_complete = answers_of(rig, client, 1) && is_complete;
  return is_complete;
}
HttpServerOptions few_places() {
  HttpServerOptions options;
  options.max_connections = 2;
  return options;
}
HttpServerOptions verbose() {
  HttpServerOptions options;
  options.verbose = true;
  return options;
}

// --- the end of a server

void sweep_drain(Kind kind) {
  const auto one_run = [](sweep::Fault& fault) {
    ServerRig rig;
    Client& idle = rig.connect().ask("GET", "/");
    ASSERT_TRUE(rig.answered(idle));
    Client& asking = rig.connect().send("GET / HTTP/1.1\r\nHost: te");
    rig.turn();
    rig.connect();  // waits in the queue
    bool is_drained = false;
    rig.fault = &fault;
    rig.server().drain(1h, [&] { is_drained = true; });
    rig.turn();
    asking.send("st\r\n\r\n");
    ASSERT_TRUE(rig.until([&] { return idle.ended() && asking.ended(); }));
    for (Client& client : rig.clients()) client.close();
    ASSERT_TRUE(rig.until([&] { return is_drained; }));
    rig.fault = nullptr;
    EXPECT_EQ(rig.server().connections(), 0u);
    EXPECT_EQ(rig.loop().sources(), 0u);
    EXPECT_TRUE(asking.answers().size() == 1 || (fault.has_struck() && !fault.is_harmless()));
    ServerRig next;
    ASSERT_TRUE(next.serves());
  };
  sweep::run(kind, one_run);
}

// --- the beginning of one

TEST(BindSweep, whichever_call_of_bind_fails_it_says_so_and_nothing_is_left) {
  const auto loop = EventLoop::create().value();
  const auto one_run = [&](sweep::Fault& fault) {
    fault.during([&] {
      const auto server = event_loop::HttpServer::bind(*loop, epoll::SocketAddress::loopback(0),
                                                       examples::answer_hello);
      if (!fault.has_struck() || fault.is_harmless()) {
        EXPECT_TRUE(server);
      } else if (fault.call() == "open") {
        EXPECT_TRUE(server) << "it can do without a reserve";
      } else {
        ASSERT_FALSE(server);
        EXPECT_EQ(server.error(), sys::error_code(fault.error()));
      }
    });
    EXPECT_EQ(loop->sources(), 0u);
  };
  EXPECT_GE(sweep::run(Kind::error, one_run).points, 6u);
}

// --- a client that asks for two pages

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
      if (count) client.request.append(reinterpret_cast<const char*>(buffer.data()), *count);
      if (!client.was_asked && !client.request.ends_with("\r\n\r\n")) continue;
      const std::string_view piece = std::exchange(client.was_asked, true) ? kRest : kBegin;
      (void)client.stream.write(std::as_bytes(std::span(piece)));
      if (piece == kRest) client.stream.close();
    }
    std::erase_if(clients_, [](const Visitor& client) { return client.stream.fd() < 0; });
  }

 private:
  struct Visitor {
    epoll::TcpStream stream;
    std::string request{};
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

std::size_t sweep_two_pages(Kind kind) {
  const auto url = http::Url::parse("http://test.example/a/page/with/a/name").value();
  std::size_t pages_lost = 0;
  const auto one_run = [&](sweep::Fault& fault) {
    Pages server;
    const auto refused =
        epoll::TcpListener::bind(epoll::SocketAddress::loopback(0))->local_address();
    const std::vector addresses{refused.value(), server.address()};
    const auto loop = EventLoop::create().value();
    std::array<Page, 2> pages;
    std::array<std::optional<event_loop::HttpGet>, 2> clients;
    std::size_t begun = 0;
    for (auto& client : clients) {
      auto done = pages[begun].done();
      auto copy = addresses;
      if (fault.during([&] { client.emplace(*loop, url, copy, std::move(done)); })) ++begun;
    }
    while (static_cast<std::size_t>(pages[0].times + pages[1].times) < begun) {
      server.pump();
      EXPECT_TRUE(fault.during([&] { loop->run_once(1ms).value(); }));
    }
    int whole = 0;
    for (const Page& page : pages) {
      whole += page.status == 200;
      if (page.times == 0 || page.status == 200) continue;
      EXPECT_TRUE(kind != Kind::memory || page.error == "no memory") << page.error;
      ++pages_lost;
    }
    EXPECT_GE(whole, 1) << "one page at most is lost";
    const bool may_fail = fault.has_struck() && !fault.is_harmless();
    EXPECT_TRUE(whole == 2 || may_fail) << pages[0].error << pages[1].error;
    EXPECT_EQ(loop->sources(), 0u);
    EXPECT_EQ(loop->timers().size(), 0u);

    Page next;
    const event_loop::HttpGet client(*loop, url, addresses, next.done());
    while (next.times == 0) {
      server.pump();
      ASSERT_TRUE(loop->run_once(1ms));
    }
    EXPECT_EQ(next.status, 200);
  };
  EXPECT_GT(sweep::run(kind, one_run).points, 5u) << "this sweep has seen next to nothing";
  return pages_lost;
}

// --- a loop

// A timer, a posted and a deferred callback, and then a signal, which ends it.
sys::Result<> run_a_loop() {
  auto loop = EventLoop::create();
  SYS_TRY(loop);
  std::string order;
  const auto signals =
      event_loop::SignalSource::create(**loop, {SIGUSR1}, [&](int) { (*loop)->stop(); });
  SYS_TRY(signals);
  event_loop::CallbackTimer timer([&] {
    order += 't';
    (*loop)->post([&] {
      order += 'p';
      (*loop)->defer([&] { EXPECT_EQ(::raise(SIGUSR1), 0); });
    });
  });
  (*loop)->timers().set(timer, event_loop::Clock::now());
  SYS_TRY((*loop)->run());
  EXPECT_EQ(order, "tp");
  return {};
}

// clang-format off
TEST(FaultSweep, a_client_that_asks_twice_survives_every_error_of_every_call) { sweep_server(Kind::error, ask_twice_and_leave); }
TEST(FaultSweep, an_upload_and_a_pipeline_survive_every_error_of_every_call) { sweep_server(Kind::error, upload_and_pipeline); }
TEST(FaultSweep, several_clients_survive_every_error_of_every_call) { sweep_server(Kind::error, come_ask_and_leave, verbose()); }
TEST(FaultSweep, too_many_clients_survive_every_error_of_every_call) { sweep_server(Kind::error, are_too_many, few_places()); }
TEST(FaultSweep, clients_that_are_too_slow_survive_every_error_of_every_call) { sweep_server(Kind::error, are_too_slow, little_time()); }
TEST(FaultSweep, a_drain_survives_every_error_of_every_call) { sweep_drain(Kind::error); }
TEST(FaultSweep, a_client_of_two_pages_survives_every_error_of_every_call) { EXPECT_GT(sweep_two_pages(Kind::error), 0u); }
TEST(FaultSweep, a_loop_survives_every_error_of_every_call) { sweep::survives(Kind::error, run_a_loop); }

TEST(ShortTransferSweep, of_a_client_that_asks_twice) { sweep_server(Kind::cut, ask_twice_and_leave); }
TEST(ShortTransferSweep, of_an_upload_and_a_pipeline) { sweep_server(Kind::cut, upload_and_pipeline); }
TEST(ShortTransferSweep, of_several_clients) { sweep_server(Kind::cut, come_ask_and_leave, verbose()); }
TEST(ShortTransferSweep, of_a_drain) { sweep_drain(Kind::cut); }
TEST(ShortTransferSweep, of_a_client_that_asks_for_two_pages) { EXPECT_EQ(sweep_two_pages(Kind::cut), 0u); }

TEST(AllocationSweep, of_a_client_that_asks_twice) { sweep_server(Kind::memory, ask_twice_and_leave); }
TEST(AllocationSweep, of_an_upload_and_a_pipeline) { sweep_server(Kind::memory, upload_and_pipeline); }
TEST(AllocationSweep, of_clients_that_come_ask_and_leave) { sweep_server(Kind::memory, come_ask_and_leave, verbose()); }
TEST(AllocationSweep, of_clients_that_are_refused_for_lack_of_a_descriptor_or_a_place) { sweep_server(Kind::memory, are_too_many, few_places()); }
TEST(AllocationSweep, of_clients_that_are_too_slow) { sweep_server(Kind::memory, are_too_slow, little_time()); }
TEST(AllocationSweep, of_a_drain) { sweep_drain(Kind::memory); }
TEST(AllocationSweep, of_a_client_that_asks_for_two_pages) { EXPECT_GT(sweep_two_pages(Kind::memory), 10u); }
TEST(AllocationSweep, of_a_loop) { sweep::survives(Kind::memory, run_a_loop); }
// clang-format on

}  // namespace sweep_scenarios
