// Finding a connection by its token: a slab against a hash map, and against one epoll_wait.
//
//   build/release/bin/slab_or_map
//
// Three figures are measured in turn, seven rounds, and the median of each is printed with its ratio
// to the first. Predict them before you look.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <unordered_map>
#include <vector>

#include "epoll/poll.hpp"
#include "epoll/slab.hpp"
#include "epoll/waker.hpp"

namespace {

constexpr std::size_t kConnections = 10'000;
constexpr std::size_t kLookups = 1'000'000;
constexpr std::size_t kWaits = 200'000;
constexpr std::size_t kRounds = 7;

// Nanoseconds for each of `count` calls of `work(i)`, whose results are added up so that none can be
// left out.
template <class Work>
double nanoseconds_each(std::size_t count, std::uint64_t& sum, Work work) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) sum += work(i);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  return took.count() / static_cast<double>(count);
}

}  // namespace

int main() {
  epoll::Slab<std::uint64_t> slab;
  std::unordered_map<std::uint64_t, std::uint64_t> map;
  std::vector<epoll::Token> tokens;
  for (std::size_t i = 0; i < kConnections; ++i) {
    tokens.push_back(slab.emplace(i));
    map.emplace(tokens.back().packed(), i);
  }
  // The order in which clients speak is no order.
  std::ranges::shuffle(tokens, std::mt19937(1));

  // A descriptor that is always ready: the cheapest epoll_wait there is.
  auto poll = epoll::Poll::create().value();
  const auto waker = epoll::Waker::create().value();
  waker.wake();
  poll.add(waker.fd(), tokens[0], epoll::Interest::read(), epoll::Trigger::level).value();
  epoll::Events events(16);

  std::array<std::vector<double>, 3> rounds;
  std::uint64_t sum = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    rounds[0].push_back(nanoseconds_each(
        kLookups, sum, [&](std::size_t i) { return *slab.find(tokens[i % kConnections]); }));
    rounds[1].push_back(nanoseconds_each(kLookups, sum, [&](std::size_t i) {
      return map.find(tokens[i % kConnections].packed())->second;
    }));
    rounds[2].push_back(nanoseconds_each(kWaits, sum, [&](std::size_t) {
      poll.wait(events, std::chrono::nanoseconds(0)).value();
      return events.size();
    }));
  }

  constexpr std::array<const char*, 3> kNames = {"slab lookup", "hash map lookup", "epoll_wait"};
  double base = 0;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    std::ranges::sort(rounds[i]);
    const double median = rounds[i][kRounds / 2];
    if (i == 0) base = median;
    std::printf("%-16s %7.1f ns   %6.1f times a slab lookup\n", kNames[i], median, median / base);
  }
  return sum == 0 ? 1 : 0;
}
