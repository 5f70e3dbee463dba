// hello_server on coroutines, with more features.
//
//   build/release/bin/http_server 8080 --threads 4 --files docs
//   curl -i http://127.0.0.1:8080/                            a small page
//   curl -d "name=WasmEdge" http://127.0.0.1:8080/echo        name=WasmEdge
//   curl -s "http://127.0.0.1:8080/stream?bytes=1000000000" | wc -c
//   curl -i http://127.0.0.1:8080/files/index.md
//   curl -r 0-99 http://127.0.0.1:8080/files/index.md         its first hundred bytes
//   curl -i http://127.0.0.1:8080/health                      200, or 503 once it is to end
//   kill -USR1 PID                                            which tasks wait, where, how long
//   http://127.0.0.1:8080/live, /metrics                      the same and more, with --live
//
// Each thread has its own runtime, listener and connections, and shares nothing: the kernel
// distributes the clients among the listeners (SO_REUSEPORT).
//
// The server listens on the loopback address and answers requests for local hostnames only,
// against DNS rebinding (allowed_hosts.hpp). Behind a proxy that passes its own Host on, add that
// name: --host www.example.com
//
// On SIGTERM it drains, after --drain-delay, which gives a load balancer time to notice. It can
// take its sockets from a service manager, and reports its state to it:
// docs/put_it_on_the_internet.md
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "async/http/http_service.hpp"
#include "epoll/command_line.hpp"
#include "epoll/notify.hpp"
#include "epoll/socket_address.hpp"
#include "event_loop/log.hpp"
#include "support/live.hpp"
#include "support/server_program.hpp"
#include "support/server_start.hpp"
#include "support/site.hpp"
#include "support/trace.hpp"
#include "syscall/report.hpp"
#include "syscall/result.hpp"

namespace {

struct Settings {
  Settings() { service.session.ask_at_head = true; }
  async::HttpService::Options service;
  std::uint16_t port = 8080;
  unsigned threads = 1;
  unsigned drain_delay = 0;  // seconds
  std::string files;
  std::vector<std::string> hosts;
  bool quiet = false;
  bool verbose = false;
  bool trace = false;
  bool live = false;
};

epoll::CommandLine command_line(Settings& settings) {
  std::vector<epoll::CommandLine::Argument> all = {
      {"[port]", epoll::number_into(settings.port), epoll::about_port(settings.port)},
      {"[--threads N]", epoll::number_into(settings.threads, 1U, 256U),
       "1 to 256, each with the limits below; 1 if not given"},
      {"[--files FOLDER]", epoll::text_into(settings.files), "serves these files at /files/"},
      {"[--host NAME]", epoll::texts_into(settings.hosts),
       "a name that it answers to besides local ones; may be given more than once"},
      {"[--quiet]", epoll::set(settings.quiet), "does not say where it listens"},
      {"[--verbose]", epoll::set(settings.verbose),
       "a line for each request on standard output: the client's address, method, target"},
      {"[--trace]", epoll::set(settings.trace),
       "prints what happens to descriptors, and a summary"},
      {"[--live]", epoll::set(settings.live),
       "shows its state at /live and /metrics, to clients of this machine"}};
  std::ranges::move(examples::operator_arguments(settings.service, settings.drain_delay),
                    std::back_inserter(all));
  return {"An HTTP server on 127.0.0.1. SIGINT or SIGTERM ends it, SIGUSR1 shows its tasks.",
          std::move(all)};
}

// What all threads serve. Each thread has a copy.
sys::Result<examples::Site> make_site(const Settings& settings) {
  auto site =
      settings.files.empty() ? examples::Site() : examples::Site::with_files(settings.files);
  if (site) site->allow_only(http::AllowedHosts(settings.hosts));
  return site;
}

void log_request(const async::Exchange& exchange) {
  const auto client = exchange.client_address();
  event_loop::LogLine line;
  line << (client ? client->to_string() : "(gone)") << " " << exchange.request().method << " "
       << exchange.request().target;
  event_loop::standard_output_log().write(line.text());
}

// Reports that this thread's loop is alive, twice as often as the service manager requires.
async::Task<> show_life(std::chrono::microseconds interval) {
  while (auto slept = co_await async::sleep_for(interval / 2)) examples::tell_manager("WATCHDOG=1");
}

// A thread's runtime, site, listener and service.
class Worker {
 public:
  Worker(std::unique_ptr<async::Runtime> runtime, examples::Site site, async::TcpListener listener,
         const Settings& settings)
      : settings_(settings),
        runtime_(std::move(runtime)),
        site_(std::move(site)),
        listener_(std::move(listener)),
        service_([this](async::Exchange& exchange) { return answer(exchange); }, settings.service) {
    if (settings.live) live_.emplace(*runtime_, service_, !settings.trace);
  }

  static sys::Result<std::unique_ptr<Worker>> create(const Settings& settings, examples::Site site,
                                                     async::TcpListener listener) {
    auto runtime = async::Runtime::create();
    SYS_TRY(runtime);
    return std::make_unique<Worker>(std::move(*runtime), std::move(site), std::move(listener),
                                    settings);
  }

  async::Task<> answer(async::Exchange& exchange) {
    if (settings_.verbose) log_request(exchange);
    if (live_ && examples::Live::is_asked(exchange.request()))
      return examples::Live::answer(exchange, all_);
    return site_.answer(exchange);
  }

  // Serves until it is drained.
  void run() {
    std::optional<examples::Trace> tracing;
    if (settings_.trace) tracing.emplace(*runtime_);
    (void)runtime_->block_on(service_.serve(std::move(listener_)));
    if (live_) live_->stop();
    if (tracing) summary_ = examples::summary(*runtime_) + "\n" + tracing->system_calls();
  }
  // The same for the first thread, which also runs `watch`, and afterwards waits for all other
  // threads.
  void run_with(async::Task<> watch, std::vector<std::jthread>& others) {
    runtime_->spawn(std::move(watch));
    if (const auto interval = epoll::watchdog_interval()) runtime_->spawn(show_life(*interval));
    run();
    if (others.empty()) return;
    auto join = [&others] { others.clear(); };
    (void)runtime_->block_on(async::spawn_blocking(std::move(join)));
  }
  // From any thread.
  void drain() {
    runtime_->handle().post([this] {
      service_.drain(examples::kDrainTimeout, std::chrono::seconds(settings_.drain_delay));
    });
  }
  void dump() { runtime_->handle().post(examples::print_tasks); }
  // Null without --live.
  [[nodiscard]] examples::Live* live() noexcept { return live_ ? &*live_ : nullptr; }
  // What it shows: the view of each thread. Before `run`.
  void show(std::vector<examples::Live*> all) { all_ = std::move(all); }
  // The summary of the trace, after `run`.
  [[nodiscard]] const std::string& summary() const { return summary_; }
  [[nodiscard]] epoll::SocketAddress address() const { return *listener_.local_address(); }

 private:
  const Settings& settings_;
  std::string summary_;
  std::unique_ptr<async::Runtime> runtime_;
  examples::Site site_;
  async::TcpListener listener_;
  async::HttpService service_;
  std::optional<examples::Live> live_;
  std::vector<examples::Live*> all_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

// False if there is no memory for the call.
bool tell(Worker& worker, void (Worker::*what)()) {
  try {
    (worker.*what)();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// The first SIGINT or SIGTERM drains every thread; a second one ends the process without waiting
// for the clients.
async::Task<> watch_signals(async::Signals signals, const Workers& workers) {
  bool draining = false;
  while (auto number = co_await signals.next()) {
    const bool dumps = *number == SIGUSR1;
    if (!dumps && std::exchange(draining, true)) std::_Exit(1);
    if (!dumps) examples::tell_manager("STOPPING=1");
    for (const auto& worker : workers) {
      // A lack of memory must not lose a signal: some memory may be freed meanwhile.
      while (!tell(*worker, dumps ? &Worker::dump : &Worker::drain)) (void)co_await async::yield();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (const auto status = command_line(settings).parse(argc, argv)) return *status;
  // Before any thread starts: each thread inherits the signals that are blocked here.
  auto signals = async::Signals::create({SIGINT, SIGTERM, SIGUSR1});
  if (!signals) return sys::fail("signalfd", signals.error());
  std::signal(SIGPIPE, SIG_IGN);

  const auto site = make_site(settings);
  if (!site) return sys::fail("cannot serve the files of " + settings.files, site.error());
  if (site->folder() && !site->folder()->follows_links())
    event_loop::standard_error_log().write("no openat2(2) here: links in " + settings.files +
                                           " lead nowhere");
  // Each thread has an epoll instance, a wake-up and a listener; an answer may hold a file open.
  examples::fit_connections(settings.service.max_connections, 16 + 4 * settings.threads,
                            settings.threads * (settings.files.empty() ? 1 : 2), settings.quiet);
  const auto wanted = epoll::SocketAddress::loopback(settings.port);
  auto listeners = examples::open_listeners(wanted, settings.threads);
  if (!listeners) return sys::fail("cannot listen on " + wanted.to_string(), listeners.error());
  Workers workers;
  for (epoll::TcpListener& listener : *listeners) {
    auto worker = Worker::create(settings, *site, async::TcpListener(std::move(listener)));
    if (!worker) return sys::fail("cannot serve", worker.error());
    workers.push_back(std::move(*worker));
  }
  std::vector<examples::Live*> views;
  for (const auto& worker : workers) views.push_back(worker->live());
  for (const auto& worker : workers) worker->show(views);
  examples::tell_address(workers[0]->address(), settings.quiet);  // the port that the kernel chose

  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < workers.size(); ++i)
    threads.emplace_back([&worker = *workers[i]] { worker.run(); });
  examples::tell_manager("READY=1");
  workers[0]->run_with(watch_signals(std::move(*signals), workers), threads);
  // A signal that arrives now would end the process when the signals are unblocked, with the wrong
  // exit status.
  for (const int number : {SIGINT, SIGTERM, SIGUSR1}) std::signal(number, SIG_IGN);
  if (settings.trace) {
    for (const auto& worker : workers) std::printf("%s\n", worker->summary().c_str());
  }
  return 0;
}
