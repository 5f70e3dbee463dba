#include "support/print_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "epoll/waker.hpp"
#include "syscall/call.hpp"
#include "tcp_pair.hpp"

namespace {

using epoll::TcpStream;
using std::chrono::nanoseconds;
using tcp_pair::write;
using testing::HasSubstr;

constexpr int kPipeSize = 4096;  // the smallest there is

class PrintServer : public testing::Test {
 protected:
  PrintServer() : pipe_(epoll::Pipe::create().value()) {
    sys::call<::fcntl>(pipe_.writer.fd(), F_SETPIPE_SZ, kPipeSize).value();
    auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
    address_ = listener.local_address().value();
    server_.emplace(examples::PrintServer::create(std::move(listener), std::move(pipe_.writer),
                                                  stop_.fd(), options_)
                        .value());
  }

  // A client that is not accepted yet. It is connected as far as it can tell itself.
  TcpStream connect() {
    auto client = TcpStream::connect(address_).value();
    event_source::Watched(client.fd(), epoll::Interest::write()).wait();
    client.take_error().value();
    return client;
  }
  TcpStream connect_and_be_accepted() {
    auto client = connect();
    const std::size_t before = server_->clients();
    turn_until([&] { return server_->clients() > before; });
    return client;
  }

  // Turns, and reads what is printed, until `done`. In vain it meets the time limit of the test.
  void turn_until(const std::function<bool()>& done) {
    while (!done()) {
      server_->run_once(kTick).value();
      printed_ += printed_since();
    }
  }
  void turn_until_printed(const std::string& text) {
    turn_until([&] { return printed_.contains(text); });
  }
  void turn_until_all_have_left() {
    turn_until([&] { return server_->clients() == 0; });
    turn_until([&] { return server_->waiting() == 0; });
    printed_ += printed_since();
  }
  // Some turns in which what is printed is not read.
  void turn_unread(int turns) {
    for (int i = 0; i < turns; ++i) server_->run_once(nanoseconds(0)).value();
  }
  // Says whether a turn waits all the time it is given: four out of five, since an event may be late
  // and end one. One that spins does not, however slow the machine is.
  bool waits(std::chrono::milliseconds timeout) {
    int waited = 0;
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      server_->run_once(timeout).value();
      waited += std::chrono::steady_clock::now() - begin >= timeout;
    }
    return waited >= 4;
  }
  // What has been printed and not read yet.
  std::string printed_since() {
    std::string text;
    std::array<std::byte, 65536> buffer{};
    for (auto count = pipe_.reader.read(buffer); count && *count > 0;
         count = pipe_.reader.read(buffer))
      text += event_source::text_of(std::span(buffer).first(*count));
    return text;
  }

  // The longest that a turn waits before what it waits for is looked at again.
  static constexpr nanoseconds kTick = std::chrono::milliseconds(10);
  static constexpr examples::PrintOptions options_{.max_waiting = 16 * 1024, .budget = 8192};

  sys::DescriptorWatch descriptors_;
  epoll::Pipe pipe_;
  epoll::Waker stop_ = epoll::Waker::create().value();
  epoll::SocketAddress address_;
  std::optional<examples::PrintServer> server_;
  std::string printed_;
};

// No descriptor can be opened while this is alive.
class FullHouse {
 public:
  FullHouse() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit none{0, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~FullHouse() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(PrintServer, prints_clients_that_come_what_they_send_and_clients_that_go) {
  auto client = connect_and_be_accepted();
  const std::string name = client.local_address()->to_string();
  ASSERT_TRUE(write(client, "hello\n"));
  turn_until_printed("hello\n");
  client.close();
  turn_until_all_have_left();
  EXPECT_EQ(printed_, "listening on " + address_.to_string() + "\nAccepted connection: " + name +
                          "\nhello\nClosing connection on token=Token(0, 1)\n");
}

TEST_F(PrintServer, its_own_messages_are_on_lines_of_their_own) {
  auto client = connect_and_be_accepted();
  ASSERT_TRUE(write(client, "no end of line"));
  client.close();
  turn_until_all_have_left();
  EXPECT_THAT(printed_, HasSubstr("\nno end of line\nClosing connection"));
}

TEST_F(PrintServer, two_lines_of_its_own_leave_no_empty_one_between_them) {
  auto client = connect_and_be_accepted();
  ASSERT_TRUE(write(client, "no end of line"));
  turn_until_printed("no end of line");
  auto second = connect_and_be_accepted();
  auto third = connect_and_be_accepted();
  turn_until_printed("Accepted connection: " + third.local_address()->to_string());
  EXPECT_THAT(printed_, HasSubstr("no end of line\nAccepted connection: " +
                                  second.local_address()->to_string() + "\nAccepted"));
}

TEST_F(PrintServer, prints_every_byte_as_it_is) {
  std::string all;
  for (int i = 0; i < 10'000; ++i) all += static_cast<char>(i * 7);
  auto client = connect_and_be_accepted();
  ASSERT_EQ(write(client, all), all.size());
  turn_until_printed(all);
}

TEST_F(PrintServer, a_half_closed_client_is_read_to_the_end) {
  auto client = connect_and_be_accepted();
  ASSERT_TRUE(write(client, "over and out\n"));
  ASSERT_TRUE(client.shutdown(epoll::Shutdown::write));
  turn_until_all_have_left();
  EXPECT_THAT(printed_, HasSubstr("over and out\nClosing connection"));
}

TEST_F(PrintServer, a_token_is_never_used_twice) {
  for (int i = 0; i < 2; ++i) {
    connect_and_be_accepted().close();
    turn_until_all_have_left();
  }
  EXPECT_THAT(printed_, HasSubstr("token=Token(0, 1)\n"));
  EXPECT_THAT(printed_, HasSubstr("token=Token(0, 2)\n"));
}

// The original ended with the 1025th client, for which its table had no slot.
TEST_F(PrintServer, more_than_1024_clients_are_served) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GT(limit.rlim_cur, 2400u) << "each of 1100 clients has two ends here";

  std::vector<TcpStream> clients;
  for (int i = 0; i < 1100; ++i) clients.push_back(connect());
  turn_until([&] { return server_->clients() == clients.size(); });
  ASSERT_TRUE(write(clients.back(), "the last one\n"));
  ASSERT_TRUE(write(clients.front(), "the first one\n"));
  turn_until_printed("the last one\n");
  turn_until_printed("the first one\n");
  clients.clear();
  turn_until_all_have_left();
}

// The original looked at hang-up first, and closed without reading.
TEST_F(PrintServer, what_was_sent_before_a_hang_up_is_printed) {
  auto orderly = connect_and_be_accepted();
  auto broken = connect_and_be_accepted();
  ASSERT_TRUE(write(orderly, "said before the end\n"));
  orderly.close();
  ASSERT_TRUE(write(broken, "important data\n"));
  tcp_pair::reset(broken);
  turn_until_all_have_left();
  EXPECT_THAT(printed_, HasSubstr("said before the end\n"));
  EXPECT_THAT(printed_, HasSubstr("important data\n"));
}

TEST_F(PrintServer, a_client_that_resets_ends_no_other_client) {
  auto staying = connect_and_be_accepted();
  auto broken = connect_and_be_accepted();
  tcp_pair::reset(broken);
  turn_until([&] { return server_->clients() == 1; });
  ASSERT_TRUE(write(staying, "still here\n"));
  turn_until_printed("still here\n");
}

// The original took every error of accept for "all are in": a client that waited then waited for
// ever.
TEST_F(PrintServer, clients_without_a_descriptor_are_let_in_when_there_is_one) {
  auto first = connect_and_be_accepted();
  auto second = connect();
  auto third = connect();
  {
    const FullHouse nobody_can_enter;
    turn_unread(3);
    EXPECT_EQ(server_->clients(), 1u);
  }
  turn_until([&] { return server_->clients() == 3; });
  ASSERT_TRUE(write(third, "thank you\n"));
  turn_until_printed("thank you\n");
  EXPECT_TRUE(waits(std::chrono::milliseconds(150))) << "it still looks for room";
}

TEST_F(PrintServer, a_client_that_leaves_makes_room_for_one_at_the_door) {
  auto first = connect_and_be_accepted();
  auto second = connect();
  sys::FailNth full(1, EMFILE, "accept4");
  sys::ScopedObserver watching(full);
  turn_unread(1);
  ASSERT_TRUE(full.has_failed());
  EXPECT_EQ(server_->clients(), 1u);
  first.close();
  turn_until([&] { return printed_.contains("Closing connection"); });
  turn_until([&] { return server_->clients() == 1; });
  ASSERT_TRUE(write(second, "in\n"));
  turn_until_printed("in\n");
}

// No more descriptors than are open now, but one that is closed may be opened again.
class NoFreePlace {
 public:
  NoFreePlace() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const epoll::UniqueFd lowest(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    const rlimit none{static_cast<rlim_t>(lowest.get()), before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoFreePlace() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(PrintServer, at_its_limit_the_place_of_one_that_leaves_is_for_the_next_one_and_at_once) {
  // The place is free when the next turn begins. One that only looks for room again takes 100 ms each
  // time; one that knows takes less, unless the machine stalls.
  bool at_once = false;
  for (int i = 0; i < 10 && !at_once; ++i) {
    auto first = connect_and_be_accepted();
    auto second = connect();
    {
      const NoFreePlace limit;
      turn_unread(3);
      ASSERT_EQ(server_->clients(), 1u) << "this test wants a server at its limit";
      ASSERT_TRUE(first.shutdown(epoll::Shutdown::write));
      while (server_->clients() != 0) turn_unread(1);
      const auto begin = std::chrono::steady_clock::now();
      ASSERT_TRUE(server_->run_once(std::chrono::seconds(20)));
      at_once = std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(90);
      ASSERT_EQ(server_->clients(), 1u) << "the place was not given back";
    }
    ASSERT_TRUE(write(second, "in\n"));
    turn_until_printed("in\n");
    second.close();
    turn_until_all_have_left();
    printed_.clear();
  }
  EXPECT_TRUE(at_once);
}

// Counts, and has no descriptor for any client.
class NoDescriptors : public sys::CallCounter {
 public:
  int before(std::string_view name) noexcept override { return name == "accept4" ? EMFILE : 0; }
};

TEST_F(PrintServer, having_no_room_is_no_reason_to_spin) {
  const auto client = connect();
  NoDescriptors calls;
  sys::ScopedObserver watching(calls);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(server_->run_once(std::nullopt));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200))
      << "all turns but the first wait";
  EXPECT_EQ(calls.of("accept4"), 3u);
}

TEST_F(PrintServer, a_client_that_left_before_its_turn_does_not_keep_the_next_one_out) {
  std::vector<TcpStream> clients;
  for (const int error : {ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN,
                          EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, ENONET}) {
    clients.push_back(connect());
    sys::FailNth gone(1, error, "accept4");
    sys::ScopedObserver watching(gone);
    turn_until([&] { return server_->clients() == clients.size(); });
    EXPECT_TRUE(gone.has_failed());
  }
}

TEST_F(PrintServer, a_signal_does_not_end_it) {
  auto client = connect_and_be_accepted();
  for (const char* const call : {"epoll_wait", "recv", "write", "accept4"}) {
    sys::FailNth interrupted(1, EINTR, call);
    sys::ScopedObserver watching(interrupted);
    const auto other = connect();
    ASSERT_TRUE(write(client, call));
    turn_until_printed(call);
    EXPECT_TRUE(interrupted.has_failed());
  }
}

// The original slept in its write, and let no client in.
TEST_F(PrintServer, an_unread_output_keeps_no_client_out_and_fills_no_memory) {
  auto flooding = connect_and_be_accepted();
  std::size_t sent = 0;
  while (server_->waiting() < options_.max_waiting) {
    sent += tcp_pair::fill(flooding);
    turn_unread(1);
  }
  EXPECT_LT(server_->waiting(), options_.max_waiting + 4096);
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    turn_unread(3);
  }
  EXPECT_EQ(calls.summary(), "epoll_wait 3") << "nothing is tried that cannot work";
  EXPECT_TRUE(waits(std::chrono::milliseconds(20))) << "it spins";

  const auto late = connect();
  while (server_->clients() < 2) turn_unread(1);
  flooding.close();
  while (server_->clients() > 1 || server_->waiting() > 0) {
    server_->run_once(kTick).value();
    printed_ += printed_since();
  }
  printed_ += printed_since();
  EXPECT_EQ(std::ranges::count(printed_, 'x'), static_cast<std::ptrdiff_t>(sent)) << "all of it";
}

// No event comes for what a turn has left: it has to remember that itself.
TEST_F(PrintServer, what_one_turn_leaves_the_next_one_does_without_an_event) {
  std::vector<TcpStream> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(connect());
  while (server_->clients() < clients.size()) server_->run_once(std::nullopt).value();
  printed_ = printed_since();

  const std::size_t much = 3 * options_.budget;
  ASSERT_EQ(write(clients[0], std::string(much, 'x')), much);
  while (std::ranges::count(printed_, 'x') < static_cast<std::ptrdiff_t>(much)) {
    server_->run_once(std::nullopt).value();
    printed_ += printed_since();
  }
}

TEST_F(PrintServer, a_crowd_at_the_door_is_let_in_over_several_turns) {
  constexpr std::size_t kBound = examples::PrintServer::kClientsPerTurn;
  std::vector<TcpStream> clients;
  while (clients.size() <= kBound) clients.push_back(connect());
  ASSERT_TRUE(server_->run_once(std::nullopt));
  EXPECT_LE(server_->clients(), kBound);
  // One edge told of them all, and it is used up: those that are left are let in without another
  // one.
  turn_until([&] { return server_->clients() == clients.size(); });
}

TEST_F(PrintServer, a_client_that_floods_does_not_starve_the_others) {
  auto flooding = connect_and_be_accepted();
  auto quiet = connect_and_be_accepted();
  tcp_pair::fill(flooding);
  ASSERT_TRUE(write(quiet, "a word"));
  while (!printed_.contains("a word")) {
    server_->run_once(kTick).value();
    printed_ += printed_since();
    // At most two turns: the client may have spoken while the first one was under way.
    ASSERT_LE(std::ranges::count(printed_, 'x'), 3 * static_cast<int>(options_.budget));
  }
}

TEST_F(PrintServer, a_message_costs_a_wait_two_reads_and_a_write) {
  auto client = connect_and_be_accepted();
  turn_unread(1);
  ASSERT_TRUE(write(client, "x"));
  sys::CallCounter calls;
  {
    sys::ScopedObserver watching(calls);
    ASSERT_TRUE(server_->run_once(std::nullopt));
  }
  EXPECT_EQ(calls.of("epoll_wait"), 1u);
  EXPECT_EQ(calls.of("recv"), 2u) << "the second one is told that it would block";
  EXPECT_EQ(calls.of("write"), 1u);
  EXPECT_EQ(calls.of("epoll_ctl"), 0u);
}

TEST_F(PrintServer, an_output_that_is_gone_ends_it_with_an_error_and_no_signal) {
  tcp_pair::count_sigpipes();
  pipe_.reader.close();
  const auto client = connect();
  EXPECT_EQ(sys::error_of(server_->run()), std::errc::broken_pipe);
  EXPECT_EQ(tcp_pair::sigpipes, 0);
}

TEST_F(PrintServer, a_listener_that_is_broken_ends_it_with_an_error) {
  const auto client = connect();
  sys::FailNth broken(1, EINVAL, "accept4");
  sys::ScopedObserver watching(broken);
  EXPECT_EQ(sys::error_of(server_->run()), std::errc::invalid_argument);
}

TEST_F(PrintServer, stops_on_request_and_leaves_nothing_open) {
  const auto client = connect_and_be_accepted();
  stop_.wake();
  EXPECT_TRUE(server_->run());
  EXPECT_EQ(server_->waiting(), 0u);
  server_.reset();
  EXPECT_EQ(descriptors_.change(), 3) << "waker, reading end, client and no more";
}

TEST_F(PrintServer, what_is_waiting_when_it_is_stopped_is_still_printed) {
  auto client = connect_and_be_accepted();
  tcp_pair::fill(client);
  while (server_->waiting() == 0) turn_unread(1);
  stop_.wake();
  std::thread reader([this] {
    event_source::Watched watched(pipe_.reader.fd());
    for (bool end = false; !end;) {
      watched.wait();
      const std::string text = printed_since();
      end = text.empty();
      printed_ += text;
    }
  });
  EXPECT_TRUE(server_->run());
  EXPECT_EQ(server_->waiting(), 0u);
  server_.reset();  // the end of what the reader reads
  reader.join();
}

TEST_F(PrintServer, an_unread_output_does_not_keep_it_from_stopping) {
  auto client = connect_and_be_accepted();
  tcp_pair::fill(client);
  while (server_->waiting() == 0) turn_unread(1);
  stop_.wake();
  EXPECT_TRUE(server_->run());
  EXPECT_GT(server_->waiting(), 0u);
}

// The other client is served all the same, unless the call was one that the server cannot do without.
TEST(PrintServerFaults, no_call_that_fails_spoils_it_for_the_others) {
  const auto one_run = [](sweep::Fault& fault) {
    auto [reader, writer] = epoll::Pipe::create().value();
    auto stop = epoll::Waker::create().value();
    auto listener = epoll::TcpListener::bind(epoll::SocketAddress::loopback(0)).value();
    const auto address = listener.local_address().value();
    auto server = examples::PrintServer::create(std::move(listener), std::move(writer), stop.fd());
    ASSERT_TRUE(server);

    std::vector<TcpStream> clients;
    for (const char* const text : {"one\n", "two\n"}) {
      clients.push_back(TcpStream::connect(address).value());
      event_source::Watched(clients.back().fd(), epoll::Interest::write()).wait();
      ASSERT_TRUE(write(clients.back(), text));
    }
    std::string printed;
    std::array<std::byte, 4096> buffer{};
    sys::Result<> outcome;
    // A client whose own call fails is gone; the other one is to be heard.
    const auto is_done = [&] {
      const bool one = printed.contains("one\n");
      const bool two = printed.contains("two\n");
      const bool lost_one =
          !fault.is_harmless() && (fault.call() == "recv" || fault.call() == "epoll_ctl");
      return lost_one ? one || two : one && two;
    };
    while (outcome && !is_done()) {
      fault.during([&] { outcome = server->run_once(std::chrono::milliseconds(10)); });
      if (auto count = reader.read(buffer))
        printed += event_source::text_of(std::span(buffer).first(*count));
    }
    if (!outcome) {
      EXPECT_FALSE(fault.is_harmless());
      EXPECT_THAT(std::string(fault.call()),
                  testing::AnyOf("write", "pthread_sigmask", "sigpending"));
    }
  };
  EXPECT_GT(sweep::run(sweep::Kind::error, one_run).points, 10u);
}

// The output.

TEST(OpenOutput, a_pipe_is_opened_anew_and_stays_as_it_is_for_the_others) {
  std::array<int, 2> ends{};
  ASSERT_TRUE(sys::call<::pipe2>(ends.data(), O_CLOEXEC));
  const epoll::UniqueFd reader(ends[0]);
  const epoll::UniqueFd writer(ends[1]);
  auto output = examples::open_output(writer.get());
  ASSERT_TRUE(output);
  EXPECT_TRUE(event_source::never_blocks(output->fd()));
  EXPECT_TRUE(event_source::closes_on_exec(output->fd()));
  EXPECT_FALSE(event_source::never_blocks(writer.get()));
  ASSERT_TRUE(output->write(event_source::bytes_of("through")));
  std::array<char, 16> buffer{};
  void* const into = buffer.data();
  EXPECT_EQ(sys::call<::read>(reader.get(), into, buffer.size()), 7);
}

TEST(OpenOutput, a_file_is_written_from_where_it_is) {
  const epoll::UniqueFd file(::memfd_create("output", MFD_CLOEXEC));
  const auto print = [](int fd, std::string_view text) {
    return sys::call<::write>(fd, static_cast<const void*>(text.data()), text.size()).has_value();
  };
  ASSERT_TRUE(print(file.get(), "before "));
  auto output = examples::open_output(file.get());
  ASSERT_TRUE(output);
  ASSERT_TRUE(output->write(event_source::bytes_of("after")));
  std::array<char, 16> buffer{};
  void* const into = buffer.data();
  ASSERT_EQ(sys::call<::pread>(file.get(), into, buffer.size(), off_t{0}), 12);
  EXPECT_STREQ(buffer.data(), "before after");
}

TEST(OpenOutput, a_socket_does_not_block) {
  std::array<int, 2> ends{};
  ASSERT_TRUE(sys::call<::socketpair>(AF_UNIX, SOCK_STREAM, 0, ends.data()));
  const epoll::UniqueFd one(ends[0]);
  const epoll::UniqueFd other(ends[1]);
  auto output = examples::open_output(one.get());
  ASSERT_TRUE(output);
  EXPECT_TRUE(event_source::never_blocks(output->fd()));
}

TEST(OpenOutput, what_is_not_open_is_an_error) {
  EXPECT_EQ(sys::error_of(examples::open_output(-1)), std::errc::bad_file_descriptor);
}

}  // namespace
