#include "async/http/http_service.hpp"

#include <future>
#include <map>

#include "allocations.hpp"
#include "cases.hpp"
#include "event_loop/http_server.hpp"
#include "http_rig.hpp"
#include "support/hello.hpp"
#include "support/site.hpp"

namespace async::testing::http_service_test {

Task<> hello(Exchange& exchange) {
  exchange.respond(examples::answer_hello(exchange.request()));
  co_return;
}

Task<> hello_or_throw(Exchange& exchange) {
  if (exchange.request().path() == "/bad") throw std::runtime_error("no answer");
  co_await hello(exchange);
}
Task<> wait_for_long(Exchange&) {
  (void)co_await sleep_for(1h);
}

std::string without_date(std::string answer) {
  for (std::size_t at = answer.find("Date: "); at != answer.npos; at = answer.find("Date: ", at))
    answer.erase(at, answer.find("\r\n", at) + 2 - at);
  return answer;
}

constexpr std::string_view kContinue =
    "POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const std::string kGet = get("/hello");

bool gets_hello(const Client& client) {
  return client.try_send(kGet) && status_of(client.read_until("server.")) == "200";
}
bool is_told_to_continue(const Client& client) {
  return client.try_send(kContinue) && status_of(client.read_until("\r\n\r\n")) == "100";
}

// What is logged, line by line, and a log that collects it.
class Log {
 public:
  void operator()(HttpService::Options& options) {
    options.log = [this](std::string_view line) { logged_.set_value(std::string(line)); };
  }
  // Waits for the only line.
  std::string line() { return logged_.get_future().get(); }

 private:
  std::promise<std::string> logged_;
};

// Step 04's server and this one, on every input of step 03's table: the same bytes, but for the
// time of day.
TEST(HttpService, gives_the_answers_of_the_server_with_callbacks) {
  auto loop = event_loop::EventLoop::create().value();
  auto server =
      event_loop::HttpServer::bind(*loop, epoll::SocketAddress::loopback(0), examples::answer_hello)
          .value();
  const auto old_address = server->local_address().value();
  std::thread old_thread([&] { EXPECT_TRUE(loop->run()); });
  {
    Served served(hello);
    std::vector<std::string> inputs = http::testing::unfinished_requests();
    for (const auto& one : http::testing::request_cases()) inputs.push_back(one.bytes);
    for (const std::string& bytes : inputs) {
      const std::string expected = Client(old_address).send(bytes).finish().read_all();
      const std::string answer = served.client().send(bytes).finish().read_all();
      EXPECT_EQ(without_date(answer), without_date(expected)) << bytes.substr(0, 200);
    }
  }
  loop->stop();
  old_thread.join();
}

TEST(HttpService, refuses_what_the_table_says_with_the_status_that_it_says) {
  Served served(hello);
  for (const auto& one : http::testing::request_cases()) {
    if (one.status == 0) continue;
    const std::string answer = served.client().send(one.bytes).finish().read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(one.status))) << one.name;
  }
}

TEST(HttpService, keeps_a_connection_for_the_next_request) {
  Served served(hello);
  auto client = served.client();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(client.send(kGet).read_until("server.").ends_with("I am an epoll server."));
}

TEST(HttpService, answers_a_long_pipeline_whole_and_in_order) {
  Served served([](Exchange& exchange) -> Task<> {
    exchange.respond(http::Response::text(200, exchange.request().query()));
    co_return;
  });
  std::string pipeline;
  for (int i = 0; i < 1000; ++i) pipeline += get("/?<" + std::to_string(i) + ">");
  const std::string all = served.client().send(pipeline).finish().read_all();
  std::size_t at = 0;
  for (int i = 0; i < 1000; ++i) {
    at = all.find("<" + std::to_string(i) + ">", at);
    ASSERT_NE(at, all.npos) << i;
  }
}

TEST(HttpService, a_request_costs_one_read_one_write_and_its_share_of_one_wait) {
  constexpr std::size_t kRequests = 100;
  HttpService service(hello);
  WatchingCounter calls;  // of this thread, which is the server's
  serve_here(service, [](const auto& address) {
    const Client client(address);
    for (std::size_t i = 0; i < kRequests; ++i) EXPECT_TRUE(gets_hello(client));
  });
  const std::string all = calls.summary();
  EXPECT_EQ(calls.of("send"), kRequests) << all;
  // One more when the connection is new and nothing has come yet, and one to see its end.
  EXPECT_LE(calls.of("recv"), kRequests + 2) << all;
  EXPECT_LE(calls.of("epoll_wait"), kRequests + 10) << all;
  EXPECT_LE(calls.of("epoll_ctl"), 5U) << all;  // one of them is of the waker
  EXPECT_LE(calls.total(), 3 * kRequests + 40) << all << ": something else is asked for each";
}

// What this thread had asked for, and held, when each of the requests of `clients` was answered.
struct Noted {
  std::size_t count;
  std::size_t bytes;
};
std::vector<Noted> memory_at_each_request(
    const std::function<void(const epoll::SocketAddress&)>& clients) {
  std::vector<Noted> noted;
  noted.reserve(100);
  HttpService service([&noted](Exchange& exchange) -> Task<> {
    noted.push_back({allocations::count, allocations::bytes});
    exchange.respond(http::Response::text(200, "I am an epoll server."));
    co_return;
  });
  serve_here(service, clients);
  return noted;
}

TEST(HttpService, a_request_takes_memory_for_its_handler_and_its_answer_only) {
  const auto noted = memory_at_each_request([](const auto& address) {
    const Client client(address);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(gets_hello(client));
  });
  ASSERT_EQ(noted.size(), 50U);
  EXPECT_EQ(noted[49].count - noted[39].count, 10 * 2U) << "a frame, and the body";
  EXPECT_EQ(noted[49].bytes, noted[39].bytes);
}

// Frames are larger when they are not optimised.
#ifdef __OPTIMIZE__
constexpr std::size_t kIdleBytes = 1'800;
#else
constexpr std::size_t kIdleBytes = 3'000;
#endif
TEST(HttpService, a_connection_that_waits_for_a_request_holds_no_buffer_and_no_parser) {
  const auto noted = memory_at_each_request([](const auto& address) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 50; ++i) {
      clients.push_back(std::make_unique<Client>(address));
      EXPECT_TRUE(gets_hello(*clients.back()));
    }
  });
  ASSERT_EQ(noted.size(), 50U);
  EXPECT_LE((noted[49].bytes - noted[39].bytes) / 10, kIdleBytes);
}

TEST(HttpService, a_handler_that_throws_is_500_and_the_others_are_not_affected) {
  Log log;
  Served served(hello_or_throw, std::ref(log));
  const auto other = served.client();
  EXPECT_EQ(status_of(served.answer_to(get("/bad"))), "500");
  EXPECT_TRUE(log.line().contains("no answer"));
  EXPECT_TRUE(gets_hello(other));
}

TEST(HttpService, a_handler_that_does_not_answer_is_500) {
  Served served([](Exchange&) -> Task<> { co_return; });
  EXPECT_EQ(status_of(served.answer_to(kGet)), "500");
}

// C2: one client's reset ends the original.
TEST(HttpService, a_reset_of_one_client_leaves_the_others_alone) {
  Served served(hello);
  auto other = served.client();
  for (int i = 0; i < 20; ++i) served.client().send("GET / HT").reset();
  for (int i = 0; i < 20; ++i) served.client().send(kGet).reset();
  EXPECT_TRUE(gets_hello(other));
}

TEST(HttpService, a_head_that_does_not_come_is_408_and_an_idle_client_is_closed) {
  Served served(hello, [](auto& options) {
    options.head_timeout = 30ms;
    options.idle_timeout = 30ms;
  });
  EXPECT_EQ(status_of(served.answer_to("GET / HT")), "408");
  EXPECT_EQ(served.client().read_all(), "");
}

TEST(HttpService, a_client_that_does_not_read_is_closed) {
  examples::Site site;
  Served served([&](Exchange& exchange) { return site.answer(exchange); },
                [](auto& options) { options.write_timeout = 50ms; });
  auto client = served.client();
  client.send(get("/stream?bytes=1000000000000")).read_until("\r\n\r\n");
  // It must end although the client does not read: the task is gone when the drain is over.
  served.expect_end();
}

TEST(HttpService, a_client_that_does_not_read_is_waited_for_and_not_asked_again_and_again) {
  HttpService::Options options;
  options.write_timeout = 100ms;
  const auto answer_much = [](Exchange& exchange) -> Task<> {
    exchange.respond(http::Response::text(200, std::string(64 << 20, 'x')));
    co_return;
  };
  HttpService service(answer_much, options);
  std::optional<Client> client;
  WatchingCounter calls;
  serve_here(service, [&](const auto& address) {
    client.emplace(address).send(kGet);
    EXPECT_EQ(status_of(client->read_until("\r\n\r\n")), "200");
  });
  // One that does not wait makes some thousand turns in that time.
  EXPECT_LE(calls.of("epoll_wait"), 20U) << calls.summary();
}

TEST(HttpService, a_cap_on_connections_lets_the_next_one_in_when_one_has_left) {
  Served served(hello, [](auto& options) { options.max_connections = 1; });
  auto first = served.client();
  EXPECT_TRUE(is_told_to_continue(first));
  const auto second = served.asked(kGet);
  first.close();
  EXPECT_EQ(status_of(second.read_until("server.")), "200");
}

TEST(HttpService, at_the_cap_the_connection_that_has_been_idle_for_longest_makes_room) {
  Served served(hello, [](auto& options) { options.max_connections = 2; });
  const auto one = served.client(), two = served.client();
  for (const Client* const client : {&one, &two, &one}) EXPECT_TRUE(gets_hello(*client));
  EXPECT_TRUE(gets_hello(served.client()));
  EXPECT_EQ(two.read_all(), "") << "an orderly end";
  EXPECT_TRUE(gets_hello(one));
}

TEST(HttpService, a_connection_that_becomes_idle_makes_room_for_one_that_waits) {
  Served served(hello, [](auto& options) { options.max_connections = 1; });
  auto first = served.client();
  EXPECT_TRUE(is_told_to_continue(first));
  const auto second = served.asked(kGet);
  first.send("Hello");
  EXPECT_EQ(status_of(first.read_all()), "200");
  EXPECT_EQ(status_of(second.read_until("server.")), "200");
}

ASYNC_TEST(HttpService, a_drain_before_it_begins_ends_it_at_once) {
  HttpService service(hello);
  service.drain(1h);
  EXPECT_EQ(co_await service.serve(listen()), std::errc::bad_file_descriptor);
}

TEST(HttpService, a_drain_answers_what_has_begun_and_closes_what_is_idle) {
  Served served(hello);
  auto idle = served.client();
  EXPECT_TRUE(gets_hello(idle));
  auto begun = served.client();
  EXPECT_TRUE(is_told_to_continue(begun));
  served.drain();
  EXPECT_EQ(idle.read_all(), "");
  const std::string answer = begun.send("Hello").read_all();
  EXPECT_EQ(status_of(answer), "200");
  EXPECT_TRUE(answer.contains("Connection: close"));
  begun.close();  // or the server would linger
  EXPECT_EQ(served.stop(), std::errc::bad_file_descriptor);
}

TEST(HttpService, keeps_serving_while_its_notice_lasts_and_each_answer_is_the_last) {
  Served served([](Exchange& exchange) -> Task<> {
    exchange.respond(http::Response::text(200, exchange.is_ending() ? "ending" : "well"));
    co_return;
  });
  auto old = served.client();
  old.send(kGet);
  EXPECT_TRUE(old.read_until("well").contains("200 OK"));
  const auto idle = served.client();
  served.drain(1h, 1h);
  served.call([] {});
  const std::string last = old.send(kGet).read_all();
  EXPECT_TRUE(last.contains("Connection: close\r\n")) << last;
  EXPECT_TRUE(last.ends_with("ending")) << last;
  EXPECT_TRUE(served.answer_to(kGet).ends_with("ending")) << "it still accepts";
  old.close();  // or the server would linger
  served.drain(1h);
  EXPECT_EQ(idle.read_all(), "");
  served.join();
}

TEST(HttpService, drains_when_its_notice_is_over_and_not_before) {
  Served served(hello, [](auto& options) { options.last_clients_timeout = 20ms; });
  const auto idle = served.client();
  const auto begin = Clock::now();
  served.drain(1h, 30ms);
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_GE(Clock::now() - begin, 50ms);
  served.join();
}

TEST(HttpService, the_last_client_may_still_ask_when_no_other_is_let_in) {
  Served served(hello, [](auto& options) { options.last_clients_timeout = 1h; });
  auto last = served.client();
  served.drain(1h, 1ms);
  while (epoll::UniqueFd late{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}) {
    const auto& address = served.address();
    if (::connect(late.get(), address.data(), address.size()) != 0) break;
  }
  EXPECT_EQ(status_of(last.send(kGet).read_all()), "200");
  last.close();
  served.join();
}

// --- behind a proxy

using std::string_view_literals::operator""sv;
constexpr std::string_view kFrom192 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xC0\0\x02\x01\xC6\x33\x64\x02\x30\x39\x01\xBB"sv;
constexpr std::string_view kLocalHeader = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv;

Task<> tell_address(Exchange& exchange) {
  const auto client = exchange.client_address();
  exchange.respond(http::Response::text(200, client.value().to_string()).close());
  co_return;
}
void expect_header(HttpService::Options& options) {
  options.proxy_protocol = true;
}

TEST(HttpService, the_address_of_a_client_is_the_one_that_the_proxy_sends) {
  Served served(tell_address, expect_header);
  EXPECT_TRUE(served.answer_to(std::string(kFrom192) + kGet).ends_with("192.0.2.1:12345"));
  EXPECT_TRUE(served.answer_to(std::string(kLocalHeader) + kGet).contains("127.0.0.1:"));
  auto in_pieces = served.client();
  for (const char& byte : kFrom192) in_pieces.send({&byte, 1});
  EXPECT_TRUE(in_pieces.send(kGet).read_all().ends_with("192.0.2.1:12345"));
}

TEST(HttpService, the_address_of_a_client_is_that_of_the_connection_where_no_proxy_is) {
  Served served(tell_address);
  EXPECT_TRUE(served.answer_to(kGet).contains("127.0.0.1:"));
}

TEST(HttpService, a_connection_without_the_header_of_the_proxy_is_closed_and_logged) {
  std::vector<std::string> lines;
  Served served(tell_address, [&](HttpService::Options& options) {
    options.proxy_protocol = true;
    options.log = [&](std::string_view line) { lines.emplace_back(line); };
  });
  for (const std::string_view bytes : {std::string_view(kGet), kFrom192.substr(0, 20)}) {
    auto client = served.asked(bytes);
    client.finish();
    EXPECT_EQ(client.read_all(), "");
  }
  served.stop();
  ASSERT_GE(lines.size(), 1u);
  EXPECT_EQ(lines.front(), "closed a connection: its PROXY header is missing or invalid");
}

TEST(HttpService, a_header_of_the_proxy_that_does_not_come_is_waited_for_as_long_as_a_head) {
  Served served(tell_address, [](HttpService::Options& options) {
    options.proxy_protocol = true;
    options.head_timeout = 30ms;
  });
  EXPECT_EQ(served.asked(kFrom192.substr(0, 5)).read_all(), "");
}

TEST(HttpService, a_drain_does_not_wait_for_the_header_of_a_proxy) {
  Served served(tell_address, expect_header);
  const auto silent = served.client();
  EXPECT_TRUE(served.answer_to(std::string(kFrom192) + kGet).ends_with("192.0.2.1:12345"));
  served.drain(1h);
  EXPECT_EQ(silent.read_all(), "");
  served.join();
}

TEST(HttpService, a_drain_waits_no_longer_than_its_patience_whatever_a_handler_waits_for) {
  std::promise<void> begun;
  Served served([&](Exchange& exchange) -> Task<> {
    begun.set_value();
    (void)co_await sleep_for(1h);
    co_await hello(exchange);
  });
  const auto client = served.asked(kGet);
  begun.get_future().wait();
  served.drain(0ms);
  served.join();
  EXPECT_EQ(client.read_all(), "");
}

TEST(HttpService, a_drain_may_have_all_the_time_in_the_world) {
  Served served(hello);
  auto begun = served.client();
  EXPECT_TRUE(is_told_to_continue(begun));
  served.drain(Duration::max());
  EXPECT_EQ(status_of(begun.send("Hello").read_all()), "200");
  begun.close();  // or the server would linger
  served.join();
}

TEST(HttpService, a_piece_of_an_answer_goes_out_before_the_next_one_is_there) {
  auto news = channel<std::string>(1);
  Served served([&](Exchange& exchange) -> Task<> {
    exchange.begin(http::Response(200));
    while (auto text = co_await news.second.receive())
      (void)co_await exchange.write(std::as_bytes(std::span(*text)));
    exchange.end();
  });
  const auto client = served.asked(kGet);
  for (const std::string text : {"one\n", "two\n"}) {
    EXPECT_TRUE(news.first.try_send(text));
    EXPECT_TRUE(client.read_until(text).ends_with(text + "\r\n"));
  }
  {
    const auto gone = std::move(news.first);
  }
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
}

TEST(HttpService, a_client_for_which_there_is_no_memory_is_the_only_one_that_is_closed) {
  Log log;
  Served served(hello, [&](auto& options) {
    log(options);
    options.log = [write = options.log](std::string_view line) {
      allocations::Shortage::largest = static_cast<std::size_t>(-1);
      write(line);
    };
  });
  const auto other = served.client();
  EXPECT_TRUE(gets_hello(other));
  served.call([] { allocations::Shortage::largest = 256; });
  EXPECT_EQ(served.answer_to(kGet), "");
  EXPECT_TRUE(log.line().contains("no memory"));
  EXPECT_TRUE(gets_hello(other));
  EXPECT_TRUE(gets_hello(served.client()));
}

// A client that asks and leaves would keep its place for as long as the handler waits.
TEST(HttpService, a_handler_that_takes_too_long_is_asked_to_stop_and_its_place_is_free) {
  Served served(
      [](Exchange& exchange) -> Task<> {
        if (exchange.request().path() == "/news") {
          const auto slept = co_await sleep_for(1h);
          EXPECT_EQ(sys::error_of(slept), std::errc::operation_canceled);
        }
        co_await hello(exchange);
      },
      [](auto& options) {
        options.max_connections = 1;
        options.answer_timeout = 50ms;
      });
  served.client().send(get("/news"));  // and is gone
  EXPECT_TRUE(gets_hello(served.client()));
}

TEST(HttpService, a_client_whose_handler_takes_too_long_gets_503) {
  Log log;
  Served served(wait_for_long, [&](auto& options) {
    log(options);
    options.answer_timeout = 50ms;
  });
  const std::string answer = served.answer_to(kGet);
  EXPECT_EQ(status_of(answer), "503");
  EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
  EXPECT_TRUE(log.line().contains("took too long"));
}

TEST(HttpService, an_answer_that_stops_in_the_middle_is_broken_off) {
  Served served(
      [](Exchange& exchange) -> Task<> {
        exchange.begin(http::Response(200));
        (void)co_await exchange.write(std::as_bytes(std::span("half", 4)));
        (void)co_await sleep_for(1h);
        exchange.end();
      },
      [](auto& options) { options.answer_timeout = 50ms; });
  const std::string answer = served.answer_to(kGet);
  EXPECT_TRUE(answer.ends_with("4\r\nhalf\r\n") || answer.ends_with("4\r\nhalf\r\n0\r\n\r\n"))
      << answer;
  served.expect_end();
}

TEST(HttpService, each_piece_of_an_answer_has_the_whole_time) {
  std::vector<Clock::time_point> limits;
  Served served(
      [&](Exchange& exchange) -> Task<> {
        limits.push_back(exchange.deadline());
        co_await turns(1);
        exchange.begin(http::Response(200));
        limits.push_back(exchange.deadline());
        for (int i = 0; i < 3; ++i) {
          co_await turns(1);
          (void)co_await exchange.write(std::as_bytes(std::span("x", 1)));
          limits.push_back(exchange.deadline());
        }
        exchange.end();
      },
      [](auto& options) { options.answer_timeout = 1h; });
  (void)served.answer_to("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  served.stop();
  EXPECT_EQ(limits.size(), 5U);
  EXPECT_EQ(std::ranges::adjacent_find(limits, std::greater_equal()), limits.end());
}

TEST(HttpService, a_handler_may_have_all_the_time_in_the_world) {
  Served served(hello, [](auto& options) { options.answer_timeout = Duration::max(); });
  EXPECT_TRUE(gets_hello(served.client()));
}

TEST(HttpService, a_handler_has_the_time_of_an_answer_if_nothing_else_is_said) {
  Served served(wait_for_long, [](auto& options) { options.write_timeout = 50ms; });
  EXPECT_EQ(status_of(served.answer_to(kGet)), "503");
}

TEST(HttpService, a_log_that_throws_loses_its_line_and_nothing_else) {
  Served served(hello_or_throw, [](auto& options) {
    options.log = [](std::string_view) { throw std::runtime_error("the disk is full"); };
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(status_of(served.answer_to(get("/bad"))), "500");
  }
  EXPECT_TRUE(gets_hello(served.client()));
  EXPECT_EQ(served.stop(), std::errc::bad_file_descriptor) << "and it ends as it should";
  EXPECT_EQ(served.service().lines_lost(), 3U);
  EXPECT_EQ(served.service().connections(), 0U);
}

TEST(HttpService, reports_what_each_connection_is_doing_and_what_their_buffers_hold) {
  std::map<std::uint64_t, http::Phase> phases;  // by task
  std::uint64_t asking = 0;
  std::size_t memory = 0;
  HttpService service([&](Exchange& exchange) -> Task<> {
    const ThisTask me = co_await this_task();
    const auto found = service.phases();
    phases = {found.begin(), found.end()};
    EXPECT_EQ(phases.size(), found.size()) << "a task has two connections";
    EXPECT_EQ(phases.size(), service.connections());
    asking = me.id();
    memory = service.memory_used();
    exchange.respond(http::Response::text(200, "I am an epoll server."));
  });
  serve_here(service, [](const auto& address) {
    const Client idle(address);
    EXPECT_TRUE(gets_hello(idle));
    Client begins(address);
    begins.send("GET / HT");
    EXPECT_TRUE(gets_hello(Client(address)));
  });
  ASSERT_EQ(phases.size(), 3U);
  EXPECT_EQ(phases.rbegin()->first, asking) << "the client that came last";
  std::vector<http::Phase> in_order;
  for (const auto& [task, phase] : phases) in_order.push_back(phase);
  EXPECT_EQ(in_order, (std::vector{http::Phase::idle, http::Phase::head, http::Phase::answering}));
  EXPECT_GT(memory, service.memory_used()) << "of which nothing is left afterwards";
  EXPECT_EQ(service.memory_used(), 0U);
}

TEST(HttpService, has_a_log_of_its_own) {
  Served served(hello_or_throw);
  EXPECT_EQ(status_of(served.answer_to(get("/bad"))), "500");
  served.stop();
  EXPECT_EQ(served.service().lines_lost(), 0U);
}

TEST(HttpService, without_a_descriptor_for_a_client_it_says_so_once_a_second_and_not_each_time) {
  std::vector<std::string> lines;
  HttpService::Options options;
  options.log = [&](std::string_view line) { lines.emplace_back(line); };
  HttpService service(hello, options);
  Watching<NoDescriptors> scarce(4);
  const auto begin = Clock::now();
  serve_here(service, [](const auto& address) { EXPECT_TRUE(gets_hello(Client(address))); });
  const auto seconds = (Clock::now() - begin) / 1s;
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(), "no room for another client: Too many open files");
  EXPECT_LE(lines.size(), static_cast<std::size_t>(seconds + 1));
}

// Everything that happens in one turn of the service's thread, between two looks at the kernel.
Task<> drain_while_requests_wait(HttpService& service, epoll::SocketAddress address,
                                 std::vector<std::string>& answers) {
  auto kept = co_await TcpStream::connect(address);
  auto half = co_await TcpStream::connect(address);
  auto idle = co_await TcpStream::connect(address);
  (void)co_await sleep_for(20ms);  // let in, and waits in its first read
  auto queued = epoll::TcpStream::connect(address).value();
  const auto request = std::as_bytes(std::span(kGet));
  EXPECT_TRUE(kept->socket()->write(request));
  EXPECT_TRUE(half->socket()->write(request.first(10)));
  EXPECT_TRUE(queued.write(request));
  service.drain(1h);
  (void)co_await sleep_for(20ms);
  EXPECT_TRUE(half->socket()->write(request.subspan(10)));
  TcpStream waiting(std::move(queued));
  for (TcpStream* const stream : {&*kept, &*half, &waiting, &*idle}) {
    std::string answer;
    (void)co_await stream->read_until(answer, "there is no such line");
    answers.push_back(answer);
  }
}

ASYNC_TEST(HttpService, a_drain_answers_unread_requests_and_connections_in_the_queue) {
  HttpService service(hello);
  auto listener = listen();
  std::vector<std::string> answers;
  auto clients =
      spawn(drain_while_requests_wait(service, listener.local_address().value(), answers));
  EXPECT_EQ(co_await service.serve(std::move(listener)), std::errc::bad_file_descriptor);
  (void)co_await clients.join();
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(status_of(answers[i]), "200") << i;
    EXPECT_TRUE(answers[i].contains("Connection: close\r\n")) << i << ": " << answers[i];
  }
  EXPECT_EQ(answers[3], "") << "no request, no answer";
}

TEST(HttpService, a_handler_that_is_at_work_when_a_drain_begins_says_that_this_is_the_end) {
  std::promise<void> begun;
  Event go_on;
  Served served([&](Exchange& exchange) -> Task<> {
    begun.set_value();
    (void)co_await go_on.wait();
    co_await hello(exchange);
  });
  auto client = served.asked(kGet);
  begun.get_future().wait();
  served.drain();
  served.call([&] { go_on.set(); });
  EXPECT_TRUE(client.read_all().contains("Connection: close\r\n"));
  client.close();  // or the server would linger
  served.join();
}

void ask_at_head(HttpService::Options& options) {
  options.session.ask_at_head = true;
}
std::string post(std::string_view path, std::size_t length, std::string_view more = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" +
         std::string(more) + "\r\n";
}

Task<> refuse_or_count(Exchange& exchange) {
  std::size_t bytes = 0;
  if (exchange.request().path() == "/no") {
    exchange.respond(http::Response::text(404, "There is nothing here."));
    co_return;
  }
  if (exchange.request().path() == "/small") {
    const auto read = co_await exchange.read_body(10);
    if (read) bytes = exchange.request().body.size();
    if (!read && read.error() == std::errc::message_size) {
      exchange.respond(http::Response::text(413, "Ten, at most."));
      co_return;
    }
  } else if (exchange.request().path() == "/pieces") {
    while (true) {
      const auto piece = co_await exchange.read_some();
      if (!piece) co_return;
      if (piece->empty()) break;
      bytes += piece->size();
    }
  } else {
    const auto dropped = co_await exchange.discard_body();
    if (!dropped) co_return;
  }
  exchange.respond(http::Response::text(200, std::to_string(bytes) + " bytes."));
}

TEST(AtTheHead, a_request_is_refused_before_its_body_and_before_100_continue) {
  Served served(refuse_or_count, ask_at_head);
  for (const auto& [path, status] : {std::pair("/no", "404"), std::pair("/small", "413")}) {
    const auto answer = served.answer_to(post(path, 1'000'000, "Expect: 100-continue\r\n"));
    EXPECT_EQ(status_of(answer), status);
    EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
  }
}

// What has not been read is no request: the connection ends.
TEST(AtTheHead, the_body_of_a_refused_request_is_not_the_next_one) {
  Served served(refuse_or_count, ask_at_head);
  const std::string answers = served.answer_to(post("/no", kGet.size()) + kGet + kGet);
  EXPECT_EQ(status_of(answers), "404");
  EXPECT_EQ(answers.find("HTTP/1.1", 1), answers.npos) << answers;
}

TEST(AtTheHead, a_body_is_taken_whole_in_pieces_or_not_kept_and_the_connection_stays_open) {
  Served served(refuse_or_count, ask_at_head);
  auto client = served.client();
  client.send(post("/small", 10)).send("0123456789");
  EXPECT_TRUE(client.read_until(" bytes.").ends_with("10 bytes."));
  client.send(post("/pieces", 300'000)).send(std::string(300'000, 'x'));
  EXPECT_TRUE(client.read_until(" bytes.").ends_with("300000 bytes."));
  client.send(post("/dropped", 300'000)).send(std::string(300'000, 'x'));
  EXPECT_TRUE(client.read_until(" bytes.").ends_with("\r\n0 bytes."));
  client.send(
      "POST /pieces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_until(" bytes.").ends_with("\r\n5 bytes."));
  client.send(post("/small", 5, "Expect: 100-continue\r\n"));
  EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), "100");
  EXPECT_TRUE(client.send("abcde").read_until(" bytes.").ends_with("\r\n5 bytes."));
}

constexpr std::string_view kNoChunk =
    "POST /pieces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n";

TEST(AtTheHead, an_invalid_body_is_refused_by_the_service_itself) {
  Served served(refuse_or_count, ask_at_head);
  const std::string answer = served.answer_to(kNoChunk);
  EXPECT_EQ(status_of(answer), "400");
  EXPECT_EQ(answer.find("HTTP/1.1", 1), answer.npos) << "answered once: " << answer;
}

TEST(AtTheHead, a_client_whose_body_is_refused_is_sent_the_end_while_the_rest_of_it_comes) {
  Served served(refuse_or_count, [](auto& options) {
    ask_at_head(options);
    options.linger_timeout = options.linger_total = 1h;
  });
  EXPECT_EQ(status_of(served.answer_to(kNoChunk)), "400");
  EXPECT_EQ(served.stop(), std::errc::bad_file_descriptor);
}

TEST(AtTheHead, a_client_that_leaves_in_its_body_ends_only_its_own_connection) {
  Served served(refuse_or_count, ask_at_head);
  served.client().send(post("/pieces", 1000)).send("only this");  // and is gone
  const auto next = served.asked(post("/small", 1) + "x");
  EXPECT_TRUE(next.read_until(" bytes.").ends_with("1 bytes."));
}

}  // namespace async::testing::http_service_test
