// Keeps values under keys, each for as long as its client wants it. A program outside the
// workbook, built on its library as any other program would be.
//
//   key_value_server 6000                 listening on 127.0.0.1:6000
//   nc 127.0.0.1 6000                     type a line, and read the answer
//
//   SET tea green 60                      OK: for 60 seconds; without a number, until DEL
//   GET tea                               VALUE green, or NONE
//   DEL tea                               OK, or NONE
//
// Anything else is answered by a line that begins with ERROR. A line of more than 1024 bytes ends
// the connection, and so do five minutes without one.
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "syscall/report.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLineLimit = 1024;
constexpr std::size_t kEntryLimit = 100'000;
constexpr auto kIdleLimit = 5min;

// A key whose time is over is not found, even if it has not been removed yet.
class Store {
 public:
  // Replaces what was there. False if there is no room for another key.
  bool set(std::string_view key, std::string_view value, Clock::time_point expires) {
    erase(key);
    if (entries_.size() == kEntryLimit) return false;
    deadlines_.emplace(expires, key);
    entries_.emplace(key, Entry(std::string(value), expires));
    return true;
  }

  // Null if there is none. Valid until the store is changed.
  [[nodiscard]] const std::string* find(std::string_view key) const {
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.expires <= Clock::now()) return nullptr;
    return &entry->second.value;
  }

  // False if there was none.
  bool erase(std::string_view key) {
    const bool was_there = find(key) != nullptr;
    if (const auto entry = entries_.find(key); entry != entries_.end()) {
      deadlines_.erase(std::pair(entry->second.expires, entry->first));
      entries_.erase(entry);
    }
    return was_there;
  }

  void remove_expired() {
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      entries_.erase(deadlines_.begin()->second);
      deadlines_.erase(deadlines_.begin());
    }
  }

 private:
  struct Entry {
    Entry(std::string text, Clock::time_point end) : value(std::move(text)), expires(end) {}
    std::string value;
    Clock::time_point expires;
  };

  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::pair<Clock::time_point, std::string>> deadlines_;  // one for each entry
};

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<std::string_view> words;
  for (auto begin = line.find_first_not_of(kBlank); begin != line.npos;) {
    const auto end = line.find_first_of(kBlank, begin);
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlank, end);
  }
  return words;
}

// The time so many seconds from now; none if `seconds` is not a number.
std::optional<Clock::time_point> deadline_of(std::string_view seconds) {
  std::uint32_t number = 0;
  const char* const end = seconds.data() + seconds.size();
  const auto [rest, error] = std::from_chars(seconds.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return Clock::now() + std::chrono::seconds(number);
}

std::string answer(Store& store, std::string_view line) {
  const auto words = words_of(line);
  const auto is = [&words](std::string_view command, std::size_t count) {
    return words.size() == count && words[0] == command;
  };
  if (is("SET", 3) || is("SET", 4)) {
    const auto expires = words.size() == 4 ? deadline_of(words[3]) : Clock::time_point::max();
    if (!expires) return "ERROR the fourth word is a number of seconds\n";
    return store.set(words[1], words[2], *expires) ? "OK\n" : "ERROR there is no room\n";
  }
  if (is("GET", 2)) {
    const std::string* const value = store.find(words[1]);
    return value ? "VALUE " + *value + "\n" : "NONE\n";
  }
  if (is("DEL", 2)) return store.erase(words[1]) ? "OK\n" : "NONE\n";
  return "ERROR SET key value [seconds], GET key, or DEL key\n";
}

async::Task<> converse(Store& store, async::TcpStream stream) {
  std::string input;
  while (true) {
    const auto size =
        co_await async::timeout(kIdleLimit, stream.read_until(input, "\n", kLineLimit));
    if (!size) break;  // the client left, said nothing for too long, or too much in one line
    const auto text = answer(store, std::string_view(input).substr(0, *size));
    input.erase(0, *size);
    if (!co_await async::timeout(kIdleLimit, stream.write_all(text))) break;
  }
}

async::Task<> remove_expired(Store& store) {
  async::Interval every_second(1s);
  while (co_await every_second.next()) store.remove_expired();
}

async::Task<> serve(async::TcpListener& listener) {
  Store store;
  const auto client = [&store](async::TcpStream stream) {
    return converse(store, std::move(stream));
  };
  (void)co_await async::when_any(remove_expired(store), async::serve_each(listener, client));
}

// Serves until the first signal; then asks the server to stop, and ends when it has.
async::Task<> run(async::TcpListener& listener, async::Signals& signals) {
  (void)co_await async::select(signals.next(), serve(listener));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 6000;
  const epoll::CommandLine line("Values under keys. SIGINT or SIGTERM ends it.",
                                {{"[port]", epoll::number_into(port), epoll::about_port(port)}});
  if (const auto status = line.parse(argc, argv)) return *status;
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that goes away is no reason to end
  auto signals = async::Signals::create({SIGINT, SIGTERM});
  if (!signals) return sys::fail("signalfd", signals.error());
  auto listener = async::TcpListener::bind(epoll::SocketAddress::loopback(port));
  if (!listener) return sys::fail("cannot listen", listener.error());
  std::printf("listening on %s\n", listener->local_address()->to_string().c_str());
  std::fflush(stdout);
  async::block_on(run(*listener, *signals));
}
