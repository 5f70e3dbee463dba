#include "support/live.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "async/sync/channel.hpp"
#include "async/sync/timeout.hpp"
#include "http/allowed_hosts.hpp"
#include "support/hello.hpp"
#include "support/live_page.hpp"

namespace examples {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 1'000ms;
constexpr auto kAnswerLimit = 1s;          // for all threads together
constexpr std::size_t kMostTasks = 1'000;  // of each thread
constexpr std::array<std::string_view, 7> kPhases = {"idle",    "head",      "body",  "answering",
                                                     "writing", "lingering", "closed"};

std::array<std::size_t, kPhases.size()> counts_of(
    const std::unordered_map<std::uint64_t, http::Phase>& phases) {
  std::array<std::size_t, kPhases.size()> counts{};
  for (const auto& [task, phase] : phases) ++counts[static_cast<std::size_t>(phase)];
  return counts;
}

bool is_loopback(const epoll::SocketAddress& address) {
  if (address.family() == AF_INET) return address.to_string().starts_with("127.");
  return address.to_string().starts_with("[::1]:") ||
         address.to_string().starts_with("[::ffff:127.");
}

bool is_from_here(const async::Exchange& exchange) {
  const http::Request& request = exchange.request();
  for (const char* const field : {"Forwarded", "X-Forwarded-For", "Via"})
    if (request.fields.find(field)) return false;
  const auto client = exchange.client_address();
  return client && is_loopback(*client) && http::AllowedHosts().allows(request.authority());
}

// Seconds, with microseconds: "1.000002".
std::string decimal(async::Duration duration) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  std::string text = std::to_string(1'000'000 + us % 1'000'000);
  text.front() = '.';
  return std::to_string(us / 1'000'000) + text;
}

// The label of bucket k: its upper limit in seconds.
std::string limit_of(std::size_t bucket) {
  if (bucket + 1 == async::TurnTimes::kBuckets) return "+Inf";
  return decimal(std::chrono::microseconds(std::int64_t{1} << bucket));
}

}  // namespace

void LiveCalls::after(std::string_view name, int error) noexcept {
  std::size_t i = 0;
  while (i < size_ && entries_[i].name.data() != name.data()) ++i;
  if (i == size_ && size_ < entries_.size()) entries_[size_++] = {name, {}};
  auto& count = entries_[std::min(i, size_ - 1)].count;
  ++count.made;
  if (error != 0) ++count.failed;
  if (--left_ != 0) return;
  ended_ = async::Clock::now();
  stop();
}

const LiveCalls::Counts& LiveCalls::look(async::Clock::time_point now) {
  if (now - began_ < kPeriod / 2) return last_;
  last_ = {};
  // What has been counted since an earlier page was closed is no news.
  if (now - began_ < 10 * kPeriod) {
    for (const Entry& entry : std::span(entries_).first(size_)) {
      auto& count = last_.by_name[std::string(entry.name)];  // it may stand at several addresses
      count.made += entry.count.made;
      count.failed += entry.count.failed;
    }
    last_.span = (observing_ ? now : ended_) - began_;
  }
  stop();
  size_ = 0;
  left_ = kMost;
  began_ = now;
  observing_.emplace(*this);
  return last_;
}

Live::Live(async::Runtime& runtime, const async::HttpService& service, bool counts_calls)
    : runtime_(runtime), service_(service), counts_calls_(counts_calls) {
  runtime.measure_turns(&turns_);
}

bool Live::is_asked(const http::Request& request) {
  // Asked for each request: the second byte tells most of them from these.
  const std::string_view target = request.target;
  if (request.form == http::TargetForm::origin && target.size() > 1 && target[1] != 'l' &&
      target[1] != 'm')
    return false;
  const std::string_view path = request.path();
  return path == "/live" || path == "/live/events" || path == "/metrics";
}

async::Task<> Live::answer(async::Exchange& exchange, const std::vector<Live*>& all) {
  const http::Request& request = exchange.request();
  if (!is_from_here(exchange)) {
    exchange.respond(http::Response::text(403, "For clients of this machine only.\n"));
  } else if (request.method != "GET" && request.method != "HEAD") {
    exchange.respond(refuse_method(request.method, "GET, HEAD"));
  } else if (request.path() == "/live") {
    http::Response page = http::Response::text(200, kLivePage, "text/html; charset=utf-8");
    page.add("Content-Security-Policy",
             "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; "
             "style-src 'unsafe-inline'; frame-ancestors 'none'");
    exchange.respond(std::move(page));
  } else if (request.path() == "/live/events") {
    co_await stream(exchange, all);
  } else {
    const Samples samples = co_await collect(all, For::metrics);
    const std::string text = metrics(samples);
    exchange.respond(http::Response::text(200, text, "text/plain; version=0.0.4; charset=utf-8"));
  }
}

async::Task<> Live::stream(async::Exchange& exchange, const std::vector<Live*>& all) {
  http::Response head(200);
  head.add("Content-Type", "text/event-stream").add("Cache-Control", "no-store");
  exchange.begin(head);
  bool is_over = !exchange.wants_body();
  while (!is_over) {
    const Samples samples = co_await collect(all, For::page);
    const std::string event = "data: " + json(samples) + "\n\n";
    const auto written = co_await exchange.write(std::as_bytes(std::span(event)));
    if (!written) co_return;
    const auto slept = co_await async::sleep_for(kPeriod);
    if (!slept) co_return;
    is_over = exchange.is_ending();
  }
  exchange.end();
}

// Every thread is asked before the first answer is waited for.
async::Task<Live::Samples> Live::collect(const std::vector<Live*>& all, For what) {
  std::vector<async::Receiver<LiveSample>> answers;
  for (Live* const live : all) {
    auto ends = async::oneshot<LiveSample>();
    auto tell = [live, what, sender = std::move(ends.first)]() mutable {
      try {
        (void)sender.send(live->sample(what));
      } catch (const std::bad_alloc&) {
        // It is dropped unsent, and the loop of that thread continues.
      }
    };
    (void)live->runtime_.handle().post(std::move(tell));
    answers.push_back(std::move(ends.second));
  }
  const auto until = async::time_after(kAnswerLimit);
  Samples samples;
  for (auto& answer : answers) {
    const async::Duration left = std::max(until - async::Clock::now(), async::Duration(0));
    auto sample = co_await async::timeout(left, answer.receive());
    samples.push_back(sample ? std::optional(std::move(*sample)) : std::nullopt);
  }
  co_return samples;
}

LiveSample Live::sample(For what) {
  const auto phases = service_.phases();
  LiveSample sample{runtime_.counters(),
                    turns_,
                    {phases.begin(), phases.end()},
                    service_.connections(),
                    service_.memory_used(),
                    service_.lines_lost(),
                    runtime_.tasks(),
                    {},
                    {}};
  if (what == For::metrics) return sample;
  sample.task_lines = runtime_.list_tasks();
  if (sample.task_lines.size() > kMostTasks)
    sample.task_lines.erase(sample.task_lines.begin() + kMostTasks, sample.task_lines.end());
  if (counts_calls_) sample.calls = calls_.look(async::Clock::now());
  return sample;
}

// The texts of a task are names of source files, with nothing in them to escape.
std::string Live::json(const Samples& samples) {
  std::string text =
      "{\"at\":" + decimal(async::Clock::now().time_since_epoch()) + ",\"threads\":[";
  const auto add = [&text](std::string_view name, std::size_t number) {
    text.append("\"").append(name).append("\":").append(std::to_string(number)).append(",");
  };
  for (const auto& sample : samples) {
    if (!sample) {
      text += "null,";
      continue;
    }
    text += "{";
    add("turns", sample->counters.turns);
    add("events", sample->counters.events);
    add("resumed", sample->counters.resumed);
    add("connections", sample->connections);
    add("memory", sample->memory);
    add("tasks", sample->tasks);
    text += "\"busy\":" + decimal(sample->turns.sum) +
            ",\"counted_for\":" + decimal(sample->calls.span) + ",\"calls\":{";
    for (const auto& [call, count] : sample->calls.by_name)
      text.append("\"" + call + "\":[" + std::to_string(count.made) + "," +
                  std::to_string(count.failed) + "],");
    if (text.back() == ',') text.pop_back();
    text += "},\"phases\":{";
    const auto phases = counts_of(sample->phases);
    for (std::size_t i = 0; i < kPhases.size(); ++i) add(kPhases[i], phases[i]);
    text.back() = '}';
    text += ",\"turn_times\":[";
    for (const auto count : sample->turns.counts) text += std::to_string(count) + ",";
    text.back() = ']';
    text += ",\"list\":[";
    for (const auto& task : sample->task_lines) {
      text += "{";
      add("id", task.id);
      add("depth", task.depth);
      if (const auto found = sample->phases.find(task.id); found != sample->phases.end())
        text.append("\"phase\":\"").append(kPhases[static_cast<std::size_t>(found->second)]) +=
            "\",";
      text.append("\"spawned_at\":\"").append(task.spawned_at);
      text.append("\",\"state\":\"").append(task.state);
      text.append(task.stop_requested ? ", asked to stop" : "").append("\",\"waited\":");
      text.append(task.waited ? decimal(*task.waited) : "null").append("},");
    }
    if (text.back() == ',') text.pop_back();
    text += "]},";
  }
  if (text.back() == ',') text.pop_back();
  return text + "]}";
}

std::string Live::metrics(const Samples& samples) {
  std::string text;
  std::string name;    // of the family
  std::size_t thread;  // of the sample
  const auto line = [&](std::string_view suffix, const std::string& label, const auto& value) {
    text.append(name).append(suffix).append("{thread=\"").append(std::to_string(thread));
    text.append("\"").append(label).append("} ");
    if constexpr (requires { text.append(value); }) {
      text.append(value);
    } else {
      text.append(std::to_string(value));
    }
    text += "\n";
  };
  const auto family = [&](std::string_view of, std::string_view type, std::string_view help,
                          const std::function<void(const LiveSample&)>& lines) {
    name = std::string("http_server_").append(of);
    text.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    for (thread = 0; thread < samples.size(); ++thread)
      if (samples[thread]) lines(*samples[thread]);
  };
  const auto number = [&](std::string_view of, std::string_view help, auto value) {
    const bool counts = of.ends_with("_total");
    family(of, counts ? "counter" : "gauge", help,
           [&](const LiveSample& sample) { line("", "", std::invoke(value, sample)); });
  };
  const auto counter = [&](std::string_view of, std::string_view help,
                           std::size_t async::Scheduler::Counters::* member) {
    number(of, help, [member](const LiveSample& sample) { return sample.counters.*member; });
  };
  using Counters = async::Scheduler::Counters;
  counter("events_total", "Readiness reports for descriptors.", &Counters::events);
  counter("tasks_spawned_total", "Tasks spawned.", &Counters::spawned);
  counter("tasks_resumed_total", "Runs of tasks.", &Counters::resumed);
  counter("tasks_woken_total", "Events for which a task was waiting.", &Counters::woken);
  counter("tasks_woken_for_nothing_total", "Tasks that were woken and had to park again.",
          &Counters::woken_for_nothing);
  number("log_lines_lost_total", "Lines for which the log has thrown.", &LiveSample::lines_lost);
  number("tasks", "Tasks that have not ended.", &LiveSample::tasks);
  number("buffer_bytes", "Bytes that the buffers of all connections hold.", &LiveSample::memory);
  number("connections", "Open connections.", &LiveSample::connections);
  family("connections_in_phase", "gauge", "Open connections, by what they are doing.",
         [&](const LiveSample& sample) {
           const auto phases = counts_of(sample.phases);
           for (std::size_t i = 0; i < kPhases.size(); ++i)
             line("", std::string(",phase=\"").append(kPhases[i]) + "\"", phases[i]);
         });
  family("turn_seconds", "histogram", "How long the turns of the loop take, without its waits.",
         [&](const LiveSample& sample) {
           std::uint64_t below = 0;
           for (std::size_t i = 0; i < sample.turns.counts.size(); ++i)
             line("_bucket", ",le=\"" + limit_of(i) + "\"", below += sample.turns.counts[i]);
           line("_sum", "", decimal(sample.turns.sum));
           line("_count", "", below);
         });
  return text;
}

}  // namespace examples
