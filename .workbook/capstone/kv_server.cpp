// A key-value server for clients that speak a part of RESP2: the reference that the twelve stages of
// the capstone are tried on. docs/capstone.md has the contract. If you came here to write your own:
// the page is the better way.
//
//   kv_server 6379                        listening on 127.0.0.1:6379
//   redis-cli -p 6379 set tea green       OK
#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "syscall/report.hpp"

namespace {

using namespace std::chrono_literals;
using Store = std::map<std::string, std::string, std::less<>>;
using Words = std::vector<std::string_view>;

constexpr std::size_t kCommandLimit = 1 << 20;  // bytes of a command, all of it
constexpr std::size_t kWordLimit = 1024;        // words of a command
constexpr std::size_t kLineLimit = 32;          // bytes of a line "*3\r\n" or "$5\r\n"
constexpr std::size_t kSendAt = 64 << 10;       // bytes of replies that are not sent yet
constexpr auto kDrain = 2s;                     // from SIGTERM to the end, at most
constexpr auto kQuiet = 20ms;                   // so long silent, and a client has said it all
constexpr auto kGoodbye = 1s;                   // for a client to read why it is closed

// --- bytes become a command ---

struct Parsed {
  std::size_t size = 0;         // of the whole command; 0: it is not all there, or it is wrong
  std::string_view error = {};  // what is wrong with it
};

// The number of a line such as "$5\r\n" at the front of `bytes`, which loses the line.
// std::nullopt without an error: the line is not all there.
std::optional<std::size_t> take_number(std::string_view& bytes, char sign, Parsed& parsed) {
  if (bytes.empty()) return std::nullopt;
  const auto end = bytes.substr(0, kLineLimit).find("\r\n");
  std::size_t number = 0;
  if (bytes[0] != sign) {
    parsed.error = sign == '*' ? "expected '*'" : "expected '$'";
  } else if (end == bytes.npos) {
    if (bytes.size() >= kLineLimit) parsed.error = "too long a line";
  } else {
    const char* const last = bytes.data() + end;
    const auto [stopped, error] = std::from_chars(bytes.data() + 1, last, number);
    if (error != std::errc() || stopped != last) parsed.error = "invalid length";
  }
  if (end == bytes.npos || !parsed.error.empty()) return std::nullopt;
  bytes.remove_prefix(end + 2);
  return number;
}

// The first command of `bytes`; its words are views into them.
Parsed parse(std::string_view bytes, Words& words) {
  Parsed parsed;
  std::string_view rest = bytes;
  words.clear();
  const auto count = take_number(rest, '*', parsed);
  if (!count) return parsed;
  if (*count == 0 || *count > kWordLimit) return {.error = "invalid number of words"};
  while (words.size() < *count) {
    const auto length = take_number(rest, '$', parsed);
    if (!length) return parsed;
    const std::size_t before = bytes.size() - rest.size();
    if (*length > kCommandLimit || before + *length + 2 > kCommandLimit)
      return {.error = "too long a command"};
    if (rest.size() < *length + 2) return parsed;
    if (rest.substr(*length, 2) != "\r\n") return {.error = "expected CR LF after a word"};
    words.push_back(rest.substr(0, *length));
    rest.remove_prefix(*length + 2);
  }
  parsed.size = bytes.size() - rest.size();
  return parsed;
}

// --- a command becomes a reply ---

void add_bulk(std::string& out, std::string_view text) {
  out.append("$").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
}

bool is_command(const Words& words, std::string_view name) {
  return std::ranges::equal(words[0], name, {}, [](unsigned char c) { return std::toupper(c); });
}

void answer(Store& store, const Words& words, std::string& out) {
  const std::size_t size = words.size();
  if (is_command(words, "PING") && size <= 2) {
    size == 1 ? void(out += "+PONG\r\n") : add_bulk(out, words[1]);
  } else if (is_command(words, "SET") && size == 3) {
    store.insert_or_assign(std::string(words[1]), std::string(words[2]));
    out += "+OK\r\n";
  } else if (is_command(words, "GET") && size == 2) {
    const auto found = store.find(words[1]);
    found == store.end() ? void(out += "$-1\r\n") : add_bulk(out, found->second);
  } else if (is_command(words, "DEL") && size >= 2) {
    std::size_t deleted = 0;
    for (const std::string_view key : std::span(words).subspan(1)) {
      const auto found = store.find(key);
      if (found == store.end()) continue;
      store.erase(found);
      ++deleted;
    }
    out.append(":").append(std::to_string(deleted)).append("\r\n");
  } else {
    out += "-ERR unknown command, or a wrong number of words\r\n";
  }
}

// --- a client ---

struct Server {
  [[nodiscard]] bool is_ending() const { return end != async::Clock::time_point::max(); }

  Store store;
  std::chrono::milliseconds idle_limit = 5min;
  async::Clock::time_point end = async::Clock::time_point::max();  // of the drain
};

// A task that was told to stop waits no more, except in what is shielded.
template <class T>
bool was_stopped(const sys::Result<T>& result) {
  return !result && result.error() == std::errc::operation_canceled;
}

class Conversation {
 public:
  Conversation(Server& server, async::TcpStream stream)
      : server_(server), stream_(std::move(stream)) {}

  // Until the client leaves, breaks a rule, or the server has been told to end.
  async::Task<> run() {
    restart_clock();
    while (async::Clock::now() < server_.end) {
      const bool received = co_await receive();
      if (!received) co_return;
      const bool sent = co_await handle_commands();
      if (!sent) co_return;
      if (is_wrong_) co_return (void) co_await async::close_gently(stream_, kGoodbye);
    }
  }

 private:
  // At each step of the client: a whole command, or bytes of a reply that it has taken. Bytes that
  // it sends are none, or it could stay for ever with one now and then.
  void restart_clock() { due_ = async::time_after(server_.idle_limit); }

  // False: there will be no more.
  async::Task<bool> receive() {
    const auto due = [this] { return due_; };
    sys::Result<async::Lease> bytes = sys::failure(std::errc::operation_canceled);
    if (!server_.is_ending()) bytes = co_await deadline_.limit(stream_.read_lease(), due);
    if (was_stopped(bytes))  // what the client has sent by now is still answered
      bytes = co_await async::shielded(kQuiet, stream_.read_lease());
    if (!bytes || bytes->empty()) co_return false;
    input_.append(reinterpret_cast<const char*>(bytes->bytes().data()), bytes->bytes().size());
    co_return true;
  }

  // Answers each command that is all there. False: the replies cannot be sent.
  async::Task<bool> handle_commands() {
    std::size_t done = 0;
    while (!is_wrong_) {
      const Parsed command = parse(std::string_view(input_).substr(done), words_);
      if (command.size == 0 && command.error.empty()) break;
      if (command.error.empty()) {
        answer(server_.store, words_, output_);
        restart_clock();
      } else {
        output_.append("-ERR Protocol error: ").append(command.error).append("\r\n");
        is_wrong_ = true;
      }
      done += command.size;
      if (output_.size() < kSendAt) continue;
      const bool sent = co_await send();  // before the next command: replies must not pile up
      if (!sent) co_return false;
    }
    input_.erase(0, done);
    if (input_.empty()) give_back(input_);
    co_return co_await send();
  }

  // Sends all replies. False: the client is gone, or reads nothing.
  async::Task<bool> send() {
    auto rest = std::as_bytes(std::span(output_));
    while (!rest.empty()) {
      const auto due = [this] { return due_; };
      sys::Result<std::size_t> count = sys::failure(std::errc::operation_canceled);
      if (!server_.is_ending()) count = co_await deadline_.limit(stream_.write(rest), due);
      if (was_stopped(count))
        count = co_await async::shielded(server_.end - async::Clock::now(), stream_.write(rest));
      if (!count) co_return false;
      restart_clock();
      rest = rest.subspan(*count);
    }
    give_back(output_);
    co_return true;
  }

  // An idle client holds no buffer. (To assign an empty string would keep it.)
  static void give_back(std::string& text) { std::string().swap(text); }

  Server& server_;
  async::TcpStream stream_;
  async::Deadline deadline_;
  async::Clock::time_point due_;  // of the client's next step
  std::string input_;             // what has arrived, and is not handled yet
  std::string output_;            // the replies that are not sent yet
  Words words_;                   // of the command that is being handled
  bool is_wrong_ = false;         // the client has broken the protocol
};

async::Task<> converse(Server& server, async::TcpStream stream) {
  Conversation conversation(server, std::move(stream));
  co_await conversation.run();
}

// Serves until a signal comes. Then no client is accepted any more, and the others are drained.
async::Task<> run(Server& server, async::TcpListener& listener, async::Signals& signals) {
  const auto client = [&server](async::TcpStream stream) {
    return converse(server, std::move(stream));
  };
  async::TaskGroup group;
  group.spawn(async::serve_each(listener, client));
  (void)co_await signals.next();
  server.end = async::time_after(kDrain);
  listener.close();  // ends serve_each, which tells its clients to stop, and waits for them
  (void)co_await group.join();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 6379;
  unsigned idle = 300'000;
  const epoll::CommandLine line(
      "Values under keys, for clients that speak RESP2. SIGINT or SIGTERM ends it.",
      {{"[port]", epoll::number_into(port), epoll::about_port(port)},
       {"[--idle-timeout MS]", epoll::number_into(idle, 1U), "milliseconds; 300000 if not given"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  std::signal(SIGPIPE, SIG_IGN);
  auto signals = async::Signals::create({SIGINT, SIGTERM});
  if (!signals) return sys::fail("signalfd", signals.error());
  auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(port));
  if (!listener) return sys::fail("cannot listen", listener.error());
  std::printf("listening on %s\n", listener->local_address()->to_string().c_str());
  std::fflush(stdout);
  Server server;
  server.idle_limit = std::chrono::milliseconds(idle);
  async::block_on(run(server, *listener, *signals));
}
