// An allocation sweep: the same scenario again and again, each time with another request for memory
// failing. That may end the client that met it. The server goes on, and the next client is served.
#include <string>

#include <gtest/gtest.h>

#include "../../03_request_context/tests/allocations.hpp"
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

}  // namespace
