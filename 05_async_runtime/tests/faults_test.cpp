// The faults of the original runtime, one by one, and what is right instead.
#include <csignal>
#include <latch>

#include "../../04_event_loop/tests/descriptor_limit.hpp"
#include "echo_rig.hpp"

namespace async::testing {
namespace {

void echo_one(const epoll::SocketAddress& server, int) {
  const Client client(server);
  ASSERT_TRUE(client.try_send("hello"));
  ASSERT_EQ(client.receive(5), "hello");
}

// C1
TEST(Faults, a_wait_that_a_signal_interrupts_goes_on) {
  auto runtime = Runtime::create().value();
  for (std::size_t n = 1; n <= 6; ++n) {
    sys::FailNth interrupted(n, EINTR, "epoll_wait");
    const sys::ScopedObserver watching(interrupted);
    serve_clients(*runtime, 1, echo_one);
    EXPECT_TRUE(interrupted.has_failed()) << n;
  }
}

// C1, C15
TEST(Faults, calls_that_a_signal_interrupts_are_made_again) {
  auto runtime = Runtime::create().value();
  for (const char* const name : {"recv", "send", "accept4"}) {
    sys::FailNth interrupted(1, EINTR, name);
    const sys::ScopedObserver watching(interrupted);
    serve_clients(*runtime, 1, echo_one);
    EXPECT_TRUE(interrupted.has_failed()) << name;
  }
}

// C2
TEST(Faults, a_client_that_breaks_off_ends_its_own_connection_only) {
  auto runtime = Runtime::create().value();
  serve_clients(*runtime, 1, [](const auto& server, int) {
    const Client patient(server);
    ASSERT_TRUE(patient.try_send("before"));
    ASSERT_EQ(patient.receive(6), "before");
    for (int i = 0; i < 10; ++i) {
      Client rude(server);
      ASSERT_TRUE(rude.try_send("x"));
      ASSERT_EQ(rude.receive(1), "x");
      rude.reset();
    }
    ASSERT_TRUE(patient.try_send("after"));
    ASSERT_EQ(patient.receive(5), "after");
  });
}

// C2
TEST(Faults, every_call_may_fail_once_and_the_next_client_is_served_all_the_same) {
  for (const char* const name : {"recv", "send"}) {
    auto runtime = Runtime::create().value();
    sys::FailNth failing(1, ECONNRESET, name);
    const sys::ScopedObserver watching(failing);
    serve_clients(*runtime, 1, [](const auto& server, int) {
      const Client unlucky(server);
      unlucky.try_send("x");
      EXPECT_EQ(unlucky.receive(1), "") << "its connection was closed";
      echo_one(server, 0);
    });
    EXPECT_TRUE(failing.has_failed());
  }
}

// C3
TEST(Faults, without_a_free_descriptor_the_server_waits_for_one_and_goes_on) {
  auto runtime = Runtime::create().value();
  auto listener = listen();
  const auto address = listener.local_address().value();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<Client>(address));
  std::stop_source stop;
  // A sanitizer wants descriptors of its own when it meets a class for the first time, that of the
  // thread among them: so the thread begins before they are taken away.
  std::latch begun(1);
  std::latch taken_away(1);
  std::jthread other([&] {
    begun.count_down();
    taken_away.wait();
    // All are served, although there is room for three at a time.
    for (auto& client : clients) {
      EXPECT_TRUE(client->try_send("hello"));
      EXPECT_EQ(client->receive(5), "hello");
      client.reset();
    }
    stop.request_stop();
  });
  begun.wait();
  event_loop::testing::DescriptorLimit limit(3);
  const sys::ScopedObserver watching(limit);
  taken_away.count_down();
  runtime->block_on(serve_until(stop.get_token(), listener));
  EXPECT_GE(limit.failed_of("accept4"), 1U);
  EXPECT_LE(limit.failed_of("accept4"), 400U) << "it waits: no busy loop";
}

// C4
TEST(Faults, a_client_that_reads_nothing_for_long_gets_every_byte_in_order) {
  constexpr std::size_t kNumbers = 700'000;  // 5.6 MB
  constexpr int kSendBuffer = 3000;          // less than the server reads: no write is whole
  auto runtime = Runtime::create().value();
  std::string sent;
  for (std::size_t i = 0; i < kNumbers; ++i) {
    std::string number = std::to_string(i);
    sent += std::string(8 - number.size(), '0') + number;
  }
  serve_clients(
      *runtime, 1,
      [&](const epoll::SocketAddress& server, int) {
        Client client(server, 4096);
        std::jthread sender([&] {
          EXPECT_TRUE(client.try_send(sent));
          client.finish();
        });
        // The sender is stalled: our receive buffer, the server's two, and its own are full. Only then
        // is there reason to read. What is still to come cannot fit into them.
        const std::string got = client.receive(sent.size() + 1);
        EXPECT_TRUE(got == sent) << "bytes: " << got.size() << " of " << sent.size();
      },
      kSendBuffer);
}

// C4: every size of message against a buffer of every size of socket.
TEST(Faults, messages_of_one_byte_to_one_megabyte_come_back_through_tiny_buffers) {
  auto runtime = Runtime::create().value();
  serve_clients(*runtime, 4, [](const epoll::SocketAddress& server, int number) {
    const Client client(server, 2304 << number);
    for (const std::size_t size : {1UZ, 2UZ, 4095UZ, 4096UZ, 4097UZ, 100'000UZ, 1'000'000UZ}) {
      std::string message(size, '\0');
      for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<char>(i * 31 + size);
      std::jthread sender([&] { EXPECT_TRUE(client.try_send(message)); });
      EXPECT_TRUE(client.receive(size) == message) << size;
    }
  });
}

// C5: the client of the original, in order and complete.
void original_client(const epoll::SocketAddress& server, int) {
  converse(server, 1024);
}
TEST(Faults, ten_clients_with_a_thousand_messages_get_them_back_and_no_wake_up_is_for_nothing) {
  auto runtime = Runtime::create().value();
  serve_clients(*runtime, 10, original_client);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << runtime->summary();
  EXPECT_GE(runtime->counters().woken, 10'240U);
}
TEST(Faults, ten_clients_with_ten_times_the_data_get_it_back) {
  auto runtime = Runtime::create().value();
  serve_clients(*runtime, 10, [](const auto& server, int) { converse(server, 1024, 10); });
}
TEST(Faults, a_hundred_clients_get_everything_back) {
  auto runtime = Runtime::create().value();
  serve_clients(*runtime, 100, [](const auto& server, int) { converse(server, 100); });
}

// C6, C7
Task<> nothing(int& count) {
  ++count;
  co_return;
}
Task<> read_one(TcpStream& stream, int& done) {
  std::array<std::byte, 8> buffer;
  EXPECT_EQ(co_await stream.read(buffer), 1U);
  ++done;
}
ASYNC_TEST(Faults, a_task_that_spawns_many_while_sockets_become_ready_leaves_none_hanging) {
  auto a = stream_pair();
  auto b = stream_pair();
  int done = 0;
  int count = 0;
  auto first = co_await started(read_one(a.first, done));
  for (int i = 0; i < 20'000; ++i) spawn(nothing(count));
  (void)co_await a.second.write_all("x");
  (void)co_await b.second.write_all("y");
  co_await read_one(b.first, done);
  (void)co_await first.join();
  EXPECT_EQ(done, 2);
  while (count < 20'000) co_await turns(1);
}

// C8
Task<> write_until_read(TcpStream& stream, std::size_t size) {
  const std::string all(size, 'w');
  EXPECT_TRUE(co_await stream.write_all(bytes_of(all)));
}
Task<> read_all(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(65536);
  std::size_t total = 0;
  while (total < size) {
    const auto count = co_await stream.read(buffer);
    if (!count || *count == 0) break;
    total += *count;
  }
  EXPECT_EQ(total, size);
}
ASYNC_TEST(Faults, one_task_reads_and_another_one_writes_the_same_socket) {
  constexpr std::size_t kSize = 4'000'000;
  auto [a, b] = stream_pair();
  (void)co_await when_all(write_until_read(a, kSize), read_all(a, kSize),
                          write_until_read(b, kSize), read_all(b, kSize));
}

// C9
Task<sys::Result<std::size_t>> read_some(TcpStream& stream, std::array<std::byte, 8>& buffer) {
  co_return co_await stream.read(buffer);
}
ASYNC_TEST(Faults, a_task_that_waits_for_two_sockets_goes_on_once_when_both_are_ready) {
  auto a = stream_pair();
  auto b = stream_pair();
  std::array<std::byte, 8> first, second;
  for (int i = 0; i < 10; ++i) {
    auto both =
        co_await started(when_any(read_some(a.first, first), read_some(b.first, second)), 3);
    (void)co_await a.second.write_all("x");
    (void)co_await b.second.write_all("y");
    auto any = co_await both.join();
    EXPECT_TRUE(any);
    // Each byte is read once, now or by the loser's successor.
    if (!any->results[1]) {
      EXPECT_EQ(co_await b.first.read(second), 1U);
    }
  }
}

// C10
Task<> cancel_with_a_duplicate() {
  auto [mine, theirs] = stream_pair();
  int done = 0;
  auto reader = co_await started(read_one(theirs, done));
  (void)co_await mine.write_all("x");
  (void)co_await reader.join();
  EXPECT_EQ(done, 1);
}
TEST(Faults, after_a_cancelled_read_and_a_late_event_the_runtime_still_works) {
  auto [mine, theirs] = stream_pair();
  auto runtime = Runtime::create().value();
  Gate gate;
  std::array<std::byte, 8> buffer;
  auto reader = runtime->spawn(read_some(mine, buffer));
  runtime->block_on(turns(2));
  const epoll::UniqueFd held_by_a_child(::dup(mine.socket()->fd()));
  reader.cancel();
  runtime->block_on(turns(2));
  EXPECT_TRUE(reader.done());
  mine.close();
  runtime->block_on(write_until_read(theirs, 1));
  runtime->block_on(turns(2));
  runtime->block_on(cancel_with_a_duplicate());
}

// C13
Task<> know_the_peer(TcpListener& listener) {
  const auto address = listener.local_address();
  auto connecting = spawn(TcpStream::connect(*address));
  auto accepted = co_await listener.accept();
  auto connected = co_await connecting.join();
  EXPECT_TRUE(accepted && connected);
  const auto peer = accepted->socket()->peer_address();
  const auto own = connected->socket()->local_address();
  EXPECT_TRUE(peer && own);
  EXPECT_EQ(peer->to_string(), own->to_string());
  EXPECT_NE(peer->port(), 0);
}
TEST(Faults, the_address_of_an_accepted_client_is_known) {
  auto listener = listen();
  block_on(know_the_peer(listener));
}

// C14: as many as the kernel allows may wait for a busy server.
TEST(Faults, three_hundred_clients_may_come_before_the_first_is_accepted) {
  auto runtime = Runtime::create().value();
  auto listener = listen();
  const auto address = listener.local_address().value();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<Client>(address));
  std::stop_source stop;
  std::jthread other([&] {
    for (const auto& client : clients) EXPECT_TRUE(client->try_send("x"));
    for (const auto& client : clients) EXPECT_EQ(client->receive(1), "x");
    clients.clear();
    stop.request_stop();
  });
  runtime->block_on(serve_until(stop.get_token(), listener));
}

// C16
TEST(Faults, a_listener_that_cannot_be_made_leaves_no_descriptor_behind) {
  const sys::DescriptorWatch watch;
  for (const char* const name : {"socket", "setsockopt", "bind", "listen"}) {
    sys::FailNth failing(1, EACCES, name);
    const sys::ScopedObserver watching(failing);
    EXPECT_EQ(TcpListener::bind(epoll::SocketAddress::loopback(0)).error(),
              std::errc::permission_denied)
        << name;
  }
  EXPECT_EQ(watch.change(), 0);
}

}  // namespace
}  // namespace async::testing
