// The faults of the original runtime, one by one, and what is right instead.
#include <csignal>
#include <latch>

#include "../../04_event_loop/tests/descriptor_limit.hpp"
#include "echo_rig.hpp"
#include "support/trace.hpp"

namespace async::testing::faults_test {

using Faults = WithRuntime;

void echo_one(const epoll::SocketAddress& server, int) {
  Client(server).expect_echo("hello");
}

// C1
TEST_F(Faults, a_wait_that_a_signal_interrupts_continues) {
  std::size_t waits = 0;  // of a run; how many there are depends on when the client is served
  for (bool has_failed = true; has_failed; ++waits) {
    WatchingFault interrupted(waits + 1, EINTR, "epoll_wait");
    serve_clients(*runtime, 1, echo_one);
    has_failed = interrupted.has_failed();
  }
  EXPECT_GT(waits, 1U) << "none was interrupted";
}

// C1, C15
TEST_F(Faults, calls_that_a_signal_interrupts_are_made_again) {
  for (const char* const name : {"recv", "send", "accept4"}) {
    WatchingFault interrupted(1, EINTR, name);
    serve_clients(*runtime, 1, echo_one);
    EXPECT_TRUE(interrupted.has_failed()) << name;
  }
}

// C2
TEST_F(Faults, a_client_that_breaks_off_ends_its_own_connection_only) {
  serve_clients(*runtime, 1, [](const auto& server, int) {
    const Client patient(server);
    patient.expect_echo("before");
    for (int i = 0; i < 10; ++i) {
      Client rude(server);
      rude.expect_echo("x");
      rude.reset();
    }
    patient.expect_echo("after");
  });
}

// C2
TEST_F(Faults, every_call_may_fail_once_and_the_next_client_is_served_all_the_same) {
  for (const char* const name : {"recv", "send"}) {
    WatchingFault failing(1, ECONNRESET, name);
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
TEST_F(Faults, without_a_free_descriptor_the_server_waits_for_one_and_continues) {
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
      client->expect_echo("hello");
      client.reset();
    }
    stop.request_stop();
  });
  begun.wait();
  Watching<event_loop::testing::DescriptorLimit> limit(3);
  taken_away.count_down();
  runtime->block_on(serve_until(stop.get_token(), listener));
  EXPECT_GE(limit.failed_of("accept4"), 1U);
  EXPECT_LE(limit.failed_of("accept4"), 400U) << "it waits: no busy loop";
}

// C4
TEST_F(Faults, a_client_that_reads_nothing_for_long_gets_every_byte_in_order) {
  constexpr std::size_t kNumbers = 700'000;  // 5.6 MB
  constexpr int kSendBuffer = 3000;          // less than the server reads: no write is whole
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
TEST_F(Faults, messages_of_one_byte_to_one_megabyte_come_back_through_tiny_buffers) {
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
TEST_F(Faults, ten_clients_with_a_thousand_messages_get_them_back_and_no_wake_up_is_for_nothing) {
  serve_clients(*runtime, 10, original_client);
  EXPECT_EQ(runtime->counters().woken_for_nothing, 0U) << examples::summary(*runtime);
  EXPECT_GE(runtime->counters().woken, 10'240U);
}
TEST_F(Faults, ten_clients_with_ten_times_the_data_get_it_back) {
  serve_clients(*runtime, 10, [](const auto& server, int) { converse(server, 1024, 10); });
}
TEST_F(Faults, a_hundred_clients_get_everything_back) {
  serve_clients(*runtime, 100, [](const auto& server, int) { converse(server, 100); });
}

// C6, C7
ASYNC_TEST_F(Faults, a_task_that_spawns_many_while_sockets_become_ready_leaves_none_hanging) {
  auto a = stream_pair();
  auto b = stream_pair();
  auto first = co_await started(read_once(a.first));
  for (int i = 0; i < 20'000; ++i) spawn(increment(count));
  co_await send(a.second, "x");
  co_await send(b.second, "y");
  EXPECT_EQ(co_await read_once(b.first), 1U);
  EXPECT_EQ(co_await first.join(), 1U);
  while (count < 20'000) co_await turns(1);
}

// C8
Task<> read_all(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> buffer(size);
  EXPECT_TRUE(co_await stream.read_exactly(buffer));
}
ASYNC_TEST_F(Faults, one_task_reads_and_another_one_writes_the_same_socket) {
  const std::string all(4'000'000, 'w');
  auto [a, b] = stream_pair();
  (void)co_await when_all(send(a, all), read_all(a, all.size()), send(b, all),
                          read_all(b, all.size()));
}

// C9
ASYNC_TEST_F(Faults, a_task_that_waits_for_two_sockets_is_resumed_once_when_both_are_ready) {
  auto a = stream_pair();
  auto b = stream_pair();
  for (int i = 0; i < 10; ++i) {
    auto both = co_await started(when_any(read_once(a.first), read_once(b.first)), 3);
    co_await send(a.second, "x");
    co_await send(b.second, "y");
    auto any = co_await both.join();
    // Each byte is read once, now or by the loser's successor.
    if (!any.value().results[1]) {
      EXPECT_EQ(co_await read_once(b.first), 1U);
    }
  }
}

// C10
ASYNC_TEST_F(Faults, after_a_cancelled_read_and_a_late_event_the_runtime_still_works) {
  auto [mine, theirs] = stream_pair();
  auto reader = co_await started(read_once(mine));
  const epoll::UniqueFd held_by_a_child(::dup(mine.socket()->fd()));
  (void)co_await cancelled(reader);
  mine.close();
  co_await send(theirs, "x");
  co_await turns(2);
  auto other = stream_pair();
  auto other_reader = co_await started(read_once(other.first));
  co_await send(other.second, "x");
  EXPECT_EQ(co_await other_reader.join(), 1U);
}

// C13
ASYNC_TEST_F(Faults, the_address_of_an_accepted_client_is_known) {
  auto listener = listen();
  const auto connected = co_await connected_to(listener);
  const auto accepted = co_await listener.accept();
  const auto peer = accepted->socket()->peer_address();
  EXPECT_EQ(peer, connected.socket()->local_address());
  EXPECT_NE(peer->port(), 0);
}

// C14: as many as the kernel allows may wait for a busy server.
TEST_F(Faults, three_hundred_clients_may_come_before_the_first_is_accepted) {
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
TEST_F(Faults, a_listener_that_cannot_be_made_leaves_no_descriptor_behind) {
  const sys::DescriptorWatch watch;
  for (const char* const name : {"socket", "setsockopt", "bind", "listen"}) {
    WatchingFault failing(1, EACCES, name);
    EXPECT_EQ(TcpListener::bind(epoll::SocketAddress::loopback(0)).error(),
              std::errc::permission_denied)
        << name;
  }
  EXPECT_EQ(watch.change(), 0);
}

}  // namespace async::testing::faults_test
