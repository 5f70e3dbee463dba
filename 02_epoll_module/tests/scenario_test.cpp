// The scenarios of the epoll simulator (tests/scenarios/), replayed with the kernel. Raw calls, because
// they do what the library prevents.
#include "scenario.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string>

#include "epoll/raw.hpp"
#include "epoll/socket.hpp"
#include "epoll/unique_fd.hpp"
#include "scenario_words.hpp"

namespace {

using scenario::count_or_error;
using scenario::joined;
using scenario::kFlags;
using scenario::outcome;
using scenario::with_flags;
using scenario::Words;

constexpr int kBase = 300;  // descriptor 5 of a scenario is 305 here, where no other is in the way
constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;

// Sends blocks until one is refused: why.
std::string fill(int fd) {
  const std::array<char, 4096> block{};
  ssize_t sent = 0;
  while (sent >= 0) sent = ::send(fd, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return outcome(sent);
}

// One process, one epoll instance, and the peers of its connections.
class Process {
 public:
  ~Process() {
    for (int fd = kBase; fd < kBase + 10; ++fd) ::close(fd);
  }

  std::string run(const Words& words) {
    if (const auto peer = peers_.find(words[0]); peer != peers_.end())
      return act(peer->second, words);
    if (words[0] == "list") return list();
    if (words[0] == "wait") return wait(words.size() > 1 ? std::stoi(words[1]) : 16);
    if (words[0] == "open") return open(words[1], kBase + std::stoi(words[2]));
    const int fd = kBase + std::stoi(words[1]);
    if (words[0] == "add") return control(EPOLL_CTL_ADD, fd, words);
    if (words[0] == "mod") return control(EPOLL_CTL_MOD, fd, words);
    if (words[0] == "del") return control(EPOLL_CTL_DEL, fd, words);
    if (words[0] == "read") return read(fd, std::stoul(words[2]));
    if (words[0] == "fill") return fill(fd);
    if (words[0] == "close") return outcome(::close(fd));
    if (words[0] == "dup") return place(fd, kBase + std::stoi(words[2]));
    return "this step is not known";
  }

 private:
  // A second descriptor for the file, with this number and no other.
  static std::string place(int fd, int number) {
    const int made = ::fcntl(fd, F_DUPFD_CLOEXEC, number);
    return made < 0 || made == number ? outcome(made) : "in use";
  }
  std::string open(const std::string& name, int number) {
    auto [ours, peer] = epoll::make_socket_pair(SOCK_STREAM).value();
    peers_[name] = std::move(peer);
    return place(ours.get(), number);
  }
  std::string act(epoll::UniqueFd& peer, const Words& words) {
    if (words[1] == "ends") return outcome(::shutdown(peer.get(), SHUT_WR));
    if (words[1] == "closes") {
      peer.reset();
      return "ok";
    }
    if (words[1] == "takes") {
      std::array<char, 4096> block{};
      while (::recv(peer.get(), block.data(), block.size(), MSG_DONTWAIT) > 0) continue;
      return "ok";
    }
    const std::string bytes(std::stoul(words[2]), 'x');
    return outcome(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  static std::string read(int fd, std::size_t size) {
    std::string buffer(size, ' ');
    return count_or_error(::read(fd, buffer.data(), size));
  }
  std::string control(int operation, int fd, const Words& words) {
    epoll_event event{};
    for (const auto& [name, bit] : kFlags)
      if (std::ranges::find(words, name) != words.end()) event.events |= bit;
    event.data.u64 = static_cast<std::uint64_t>(fd - kBase);
    return outcome(::epoll_ctl(epoll_.get(), operation, fd, &event));
  }
  std::string wait(int room) {
    std::array<epoll_event, 16> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), room, 0);
    Words told;
    for (int at = 0; at < count; ++at) {
      const auto [bits, data] = events[static_cast<std::size_t>(at)];
      told.push_back(with_flags(std::to_string(data.u64), bits));
    }
    return joined(told);
  }
  // The interest list, as the kernel itself describes it [proc(5), /proc/pid/fdinfo]. ERR and HUP are
  // in every entry but in a oneshot entry that has fired.
  std::string list() {
    std::ifstream file("/proc/self/fdinfo/" + std::to_string(epoll_.get()));
    Words entries;
    for (std::string word; file >> word;) {
      if (word != "tfd:") continue;
      int fd = 0;
      std::uint32_t bits = 0;
      file >> fd >> word >> std::hex >> bits >> std::dec;
      entries.push_back(with_flags(std::to_string(fd - kBase), bits & ~kAlways) +
                        ((bits & kAlways) == 0 ? " asleep" : ""));
    }
    std::ranges::sort(entries);
    return joined(entries);
  }

  epoll::UniqueFd epoll_{epoll::epoll_create().value()};
  std::map<std::string, epoll::UniqueFd> peers_;
};

TEST(Scenario, the_kernel_behaves_as_the_simulator_says) {
  scenario::replay_all<Process>(SCENARIO_FOLDER);
}

TEST(Scenario, a_wrong_result_in_a_scenario_is_noticed) {
  std::istringstream text(
      "Title\n\nText\n\nopen A 5 -> ok\nadd 5 IN ET -> ok\nA sends 10 -> ok\n"
      "wait -> 5 IN\nread 5 4 -> 4\n  Six are left.\nwait -> 5 IN\n");
  const auto steps = scenario::replay<Process>(text);
  ASSERT_EQ(steps.seen.size(), 6u);
  EXPECT_EQ(steps.seen.back(), "wait -> -");
  EXPECT_NE(steps.seen, steps.written);
}

}  // namespace
