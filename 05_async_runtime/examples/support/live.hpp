// A view of a running server, for its operator.
//
//   /live           a page that shows what the next one sends
//   /live/events    server-sent events: once a second, the state of every thread as JSON
//   /metrics        the same numbers in Prometheus' text format
//
// Read-only, and for clients of this machine only; all others get 403. A request that a proxy has
// passed on, or whose Host is a name of the internet, comes from elsewhere, whatever its address.
//
//   examples::Live live(*runtime, service);
//   const sys::ScopedObserver counting(live.calls());      // in the thread that runs it
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

// Counts calls by name as sys::CallCounter does, without a map of strings: a name is a literal, so
// its address stands for it.
class LiveCalls final : public sys::Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  int before_transfer(std::string_view, int, std::size_t&) noexcept override { return 0; }
  void after(std::string_view name, int error) noexcept override;
  // Reports each call to another counter, too: not owned; null for none.
  void pass_on_to(sys::Observer* next) noexcept { next_ = next; }
  [[nodiscard]] sys::CallCounter::Counts counts() const;
  [[nodiscard]] std::size_t total() const noexcept;

 private:
  struct Entry {
    std::string_view name;
    sys::CallCounter::Count count;
  };
  std::array<Entry, 64> entries_;  // in the order of the first call; more names share the last one
  std::size_t size_ = 0;
  sys::Observer* next_ = nullptr;
};

// The state of one thread.
struct LiveSample {
  async::Scheduler::Counters counters;
  async::TurnTimes turns;
  LiveCalls calls;
  std::unordered_map<std::uint64_t, http::Phase> phases;  // of the connections, by task
  std::size_t connections, memory, lines_lost, tasks;
  std::vector<async::Scheduler::TaskLine> task_lines;  // the first ones
};

class Live {
 public:
  // Measures the turns of `runtime` from now on. Both have to outlive it.
  Live(async::Runtime& runtime, const async::HttpService& service);
  ~Live() { runtime_.measure_turns(nullptr); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  // Counts the system calls of the thread that it observes.
  [[nodiscard]] LiveCalls& calls() noexcept { return calls_; }

  [[nodiscard]] static bool is_asked(const http::Request& request);
  // `all` has the view of each thread, and outlives the answer.
  [[nodiscard]] static async::Task<> answer(async::Exchange& exchange,
                                            const std::vector<Live*>& all);

 private:
  using Samples = std::vector<std::optional<LiveSample>>;  // none: the thread did not answer
  [[nodiscard]] static async::Task<Samples> collect(const std::vector<Live*>& all);
  [[nodiscard]] static async::Task<> stream(async::Exchange& exchange,
                                            const std::vector<Live*>& all);
  [[nodiscard]] static std::string json(const Samples& samples);
  [[nodiscard]] static std::string metrics(const Samples& samples);
  // In the thread itself.
  [[nodiscard]] LiveSample sample() const;

  async::Runtime& runtime_;
  const async::HttpService& service_;
  LiveCalls calls_;
  async::TurnTimes turns_;
};

}  // namespace examples
