#include "async/http_service.hpp"

#include <cstdio>
#include <exception>
#include <new>
#include <utility>

#include "async/task_group.hpp"
#include "async/this_task.hpp"
#include "async/timeout.hpp"
#include "http/text.hpp"

namespace async {
namespace {

// A handler that writes faster than its client reads waits from here on.
constexpr std::size_t kWaiting = 64 * 1024;

void log_to_stderr(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

std::string describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return http::printable(known.what());
  } catch (...) {
    return "an exception of an unknown type";
  }
}

}  // namespace

Duration HttpClient::patience() {
  const auto now = Clock::now();
  const int fd = stream.socket() == nullptr ? -1 : stream.socket()->fd();
  deadline.update(session, fd, now);
  return deadline.at() - now;
}

Task<sys::Result<>> HttpClient::write_some() {
  // Without a wait at first: most answers fit into the socket's buffer, and `patience` would ask the
  // kernel how much of it is still on its way.
  auto count = co_await timeout(Duration(0), stream.write(session.output()));
  if (!count && count.error() == std::errc::timed_out)
    count = co_await timeout(patience(), stream.write(session.output()));
  if (count) {
    session.sent(*count);
    co_return sys::Result<>();
  }
  // Its system may have taken bytes from the kernel that we did not hear of: then it has time left.
  if (count.error() == std::errc::timed_out && patience() > Duration(0)) co_return sys::Result<>();
  co_return sys::failure(count.error());
}

void Exchange::respond(http::Response response) {
  client_.session.respond(std::move(response));
  state_ = State::answered;
}

void Exchange::begin(const http::Response& head, std::optional<std::uint64_t> length) {
  client_.session.respond_streaming(head, length);
  state_ = State::streaming;
}

Task<sys::Result<>> Exchange::write(std::span<const std::byte> bytes) {
  client_.session.append_body(bytes);
  if (client_.session.output().empty()) co_return sys::Result<>();  // no body is wanted
  // Some of it goes now, however little it is: the next piece may be long in coming.
  do {
    auto written = co_await client_.write_some();
    if (!written) co_return sys::failure(written.error());
  } while (client_.session.output_size() > kWaiting);
  co_return sys::Result<>();
}

void Exchange::end() {
  client_.session.end_body();
  state_ = State::answered;
}

HttpService::HttpService(Handler handler, Options options)
    : handler_(std::move(handler)),
      options_(std::move(options)),
      places_(options_.max_connections),
      drain_end_([this] { break_off(); }) {
  if (!options_.log) options_.log = log_to_stderr;
}

Task<std::error_code> HttpService::serve(TcpListener listener) {
  listener_.emplace(std::move(listener));
  if (draining_) listener_->close();  // told to stop before it began
  TaskGroup connections(CancelRest::never);
  std::error_code why;
  auto incoming = listener_->incoming();
  connections_ = &connections;
  bool pauses = false;
  while (!why) {
    auto place = co_await places_.acquire();
    if (!place) {
      why = place.error();
      break;
    }
    try {
      if (std::exchange(pauses, false)) {
        auto slept = co_await sleep_for(kNoRoomPause);
        if (!slept) {
          why = slept.error();
          break;
        }
      }
      auto stream = co_await incoming.next();
      if (stream) {
        admit(std::move(*stream), std::move(*place), connections);
      } else {
        why = stream.error();
      }
    } catch (const std::bad_alloc&) {
      // The end of this client, and of no other. Some memory may come back meanwhile.
      options_.log("no memory for another client");
      pauses = true;
    }
  }
  listener_->close();
  (void)co_await connections.join();
  connections_ = nullptr;
  co_return why;
}

void HttpService::admit(TcpStream stream, Semaphore::Permit place, TaskGroup& connections) {
  // Answers go out whole, so there is nothing to collect. A client that is gone already will show
  // with its first read.
  (void)stream.socket()->set_no_delay(true);
  clients_.emplace_back(std::move(stream), options_.session, options_);
  try {
    connections.spawn(serve_client(std::prev(clients_.end()), std::move(place)));
  } catch (...) {
    clients_.pop_back();
    throw;
  }
}

// `place` is given back when the task is gone.
Task<> HttpService::serve_client(Clients::iterator client, Semaphore::Permit) {
  try {
    co_await converse(*client);
  } catch (...) {
    // No memory, for instance: the end of this connection, and of no other.
    options_.log("a connection failed: " + describe(std::current_exception()));
  }
  clients_.erase(client);
}

// #region converse
Task<> HttpService::converse(HttpClient& client) {
  http::Session& session = client.session;
  int requests = 0;  // since others had their turn
  while (true) {
    if (draining_) session.finish();
    switch (session.advance()) {
      case http::Step::read: {
        requests = 0;
        const auto room = session.input_space();
        const auto count = co_await timeout(client.patience(), client.stream.read(room));
        if (count && *count == 0) {
          session.received_end();
        } else if (count) {
          session.received(*count);
        } else if (count.error() == std::errc::timed_out) {
          session.timed_out();
        } else {
          co_return;
        }
        break;
      }
      case http::Step::write: {
        requests = 0;
        auto written = co_await client.write_some();
        if (!written) co_return;
        break;
      }
      case http::Step::request: {
        const bool goes_on = co_await answer(client);
        if (!goes_on) co_return;
        // A pipeline is answered without a wait in between. Others must not wait for all of it.
        if (++requests == kRequestsPerTurn) {
          requests = 0;
          auto yielded = co_await yield();
          if (!yielded) co_return;
        }
        break;
      }
      case http::Step::head:  // only where options ask for it
        session.accept_body(options_.session.body);
        break;
      case http::Step::body:
        session.body_taken();
        break;
      case http::Step::linger:
        (void)client.stream.shutdown(epoll::Shutdown::write);
        break;
      case http::Step::close:
        co_return;
    }
  }
}
// #endregion converse

// False if the connection is of no more use.
Task<bool> HttpService::answer(HttpClient& client) {
  Exchange exchange(client);
  std::exception_ptr exception;
  try {
    co_await handler_(exchange);
  } catch (...) {
    exception = std::current_exception();
  }
  if (exception) options_.log("the handler failed: " + describe(exception));
  if (exchange.state_ == Exchange::State::open)
    exchange.respond(http::Response::text(500, "The server has failed.\n").close());
  co_return exchange.state_ == Exchange::State::answered;
}

void HttpService::drain(Duration patience) {
  draining_ = true;
  if (listener_) listener_->close();
  Runtime::here().loop().timers().set(drain_end_, time_after(patience));
  // Whoever is idle waits in a read, and would wait there for long.
  for (HttpClient& client : clients_) {
    if (client.session.phase() == http::Phase::idle) client.stream.close();
  }
}

void HttpService::break_off() {
  for (HttpClient& client : clients_) client.stream.close();
  // A handler may wait for something else than its client.
  if (connections_ != nullptr) connections_->cancel();
}

}  // namespace async
