// A view of a running server, for its operator.
//
//   /live           a page that shows what the next one sends
//   /live/events    server-sent events: once a second, the state of every thread as JSON
//   /metrics        the totals among them in Prometheus' text format
//
// Read-only, and for clients of this machine only; all others get 403. A request that a proxy has
// passed on, or whose Host is a name of the internet, comes from elsewhere, whatever its address.
//
//   examples::Live live(*runtime, service);
//   if (examples::Live::is_asked(exchange.request())) return live.answer(exchange, all);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/http/http_service.hpp"
#include "async/io/runtime.hpp"
#include "syscall/observer.hpp"

namespace examples {

// Counts the system calls of the thread in which it is looked at, by name, from one look to the
// next. After `kMost` calls it stops observing until the next look. So a busy thread is slowed for
// a small part of each second, and one that no page shows any more, not at all. Counting a call
// allocates nothing; a name is a literal, so its address stands for it.
class LiveCalls final : public sys::Observer {
 public:
  static constexpr std::size_t kMost = 1'000;
  struct Counts {
    sys::CallCounter::Counts by_name;
    async::Duration span{};  // in which they were made; 0: they were not counted
  };

  // What was counted since the last look; counts anew from now on. If that look was less than half
  // a second ago, for another page, the same as then.
  [[nodiscard]] const Counts& look(async::Clock::time_point now);
  void stop() noexcept { observing_.reset(); }

  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view name, int error) noexcept override;

 private:
  struct Entry {
    std::string_view name;
    sys::CallCounter::Count count;
  };
  std::array<Entry, 64> entries_;  // in the order of the first call; more names share the last one
  std::size_t size_ = 0;
  std::size_t left_ = 0;  // until there were enough
  async::Clock::time_point began_, ended_;
  std::optional<sys::ScopedObserver> observing_;
  Counts last_;
};

// The state of one thread.
struct LiveSample {
  async::Scheduler::Counters counters;
  async::TurnTimes turns;
  std::unordered_map<std::uint64_t, http::Phase> phases;  // of the connections, by task
  std::size_t connections, memory, lines_lost, tasks;
  // For the page only.
  LiveCalls::Counts calls;
  std::vector<async::Scheduler::TaskLine> task_lines;  // the first ones
};

class Live {
 public:
  // Measures the turns of `runtime` from now on. `counts_calls`: the calls of its thread, too, while
  // a page is open, which then no other observer sees. Both have to outlive it.
  Live(async::Runtime& runtime, const async::HttpService& service, bool counts_calls = true);
  ~Live() { runtime_.measure_turns(nullptr); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  [[nodiscard]] static bool is_asked(const http::Request& request);
  // `all` has the view of each thread, and outlives the answer.
  [[nodiscard]] static async::Task<> answer(async::Exchange& exchange,
                                            const std::vector<Live*>& all);
  // In the thread that ran `runtime`: it is not observed any more.
  void stop() noexcept { calls_.stop(); }

 private:
  enum class For : bool { page, metrics };
  using Samples = std::vector<std::optional<LiveSample>>;  // none: the thread did not answer
  [[nodiscard]] static async::Task<Samples> collect(const std::vector<Live*>& all, For what);
  [[nodiscard]] static async::Task<> stream(async::Exchange& exchange,
                                            const std::vector<Live*>& all);
  [[nodiscard]] static std::string json(const Samples& samples);
  [[nodiscard]] static std::string metrics(const Samples& samples);
  // In the thread itself.
  [[nodiscard]] LiveSample sample(For what);

  async::Runtime& runtime_;
  const async::HttpService& service_;
  const bool counts_calls_;
  LiveCalls calls_;
  async::TurnTimes turns_;
};

}  // namespace examples
