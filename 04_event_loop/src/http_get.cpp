#include "event_loop/http_get.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "epoll/resolve.hpp"

namespace event_loop {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

std::string in_seconds(std::chrono::milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (const auto rest = time.count() % 1000; rest != 0)
    text += '.' + std::to_string(1000 + rest).substr(1);
  return text + " s";
}

}  // namespace

HttpGet::HttpGet(EventLoop& loop, const http::Url& url,
                 const std::vector<epoll::SocketAddress>& addresses, Done done,
                 HttpGetOptions options)
    : loop_(loop),
      options_(options),
      end_(after(options.limit)),
      addresses_(epoll::families_in_turns(addresses)),
      next_attempt_([this] { take([this] { try_next_address(); }); }),
      parser_("GET", options.limits),
      done_(std::move(done)) {
  request_ = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
             "\r\nConnection: close\r\n\r\n";
  // From the loop, so that an error that is known at once is told like any other.
  loop_.timers().set(next_attempt_, loop_.now());
}

HttpGet::~HttpGet() {
  disconnect();
}

Clock::time_point HttpGet::after(std::chrono::milliseconds time) const {
  return epoll::saturating_add(loop_.now(), std::max(time, std::chrono::milliseconds(0)));
}

void HttpGet::set_time_limit() {
  loop_.timers().set(*this, std::min(end_, after(options_.step_timeout)));
}

template <class Step>
void HttpGet::take(Step step) {
  try {
    step();
  } catch (const std::bad_alloc&) {  // the end of this page, and of no other
    outcome_.emplace(std::unexpected("no memory"));
  }
  if (outcome_) tell(*std::exchange(outcome_, std::nullopt));
}

void HttpGet::on_timeout() {
  take([this] { give_up(); });
}

void HttpGet::give_up() {
  if (loop_.now() >= end_) {
    finish(std::unexpected("no complete answer within " + in_seconds(options_.limit)));
  } else if (state_ == State::connecting) {
    finish(std::unexpected(std::make_error_code(std::errc::timed_out).message()));
  } else if (!has_head_) {
    finish(std::unexpected("no complete head within " + in_seconds(options_.step_timeout)));
  } else {
    finish(std::unexpected("the server has stopped sending"));
  }
}

void HttpGet::try_next_address() {
  while (next_address_ < addresses_.size()) {
    if (!start_attempt(addresses_[next_address_++])) continue;
    set_time_limit();
    if (next_address_ < addresses_.size())
      loop_.timers().set(next_attempt_, after(options_.attempt_delay));
    return;
  }
  if (attempts_.empty())
    finish(std::unexpected(last_error_ ? last_error_.message() : "no address to connect to"));
}

bool HttpGet::start_attempt(const epoll::SocketAddress& address) {
  auto stream = epoll::TcpStream::connect(address);
  if (!stream) {
    last_error_ = stream.error();
    return false;
  }
  Attempt& attempt = attempts_.emplace_back(*this, std::move(*stream));
  const auto token =
      loop_.add(attempt.stream.fd(), epoll::Interest::write(), epoll::Trigger::level, attempt);
  if (!token) {
    last_error_ = token.error();
    attempts_.pop_back();
    return false;
  }
  attempt.token = *token;
  return true;
}

// The outcome of this one is known.
void HttpGet::settle_attempt(Attempt& attempt) {
  const auto connected = attempt.stream.take_error();
  loop_.timers().cancel(next_attempt_);
  if (!connected) {
    last_error_ = connected.error();
    attempts_.remove_if([&](const Attempt& other) { return &other == &attempt; });
    try_next_address();
    return;
  }
  attempts_.remove_if([&](const Attempt& other) { return &other != &attempt; });
  stream_ = &attempt.stream;
  state_ = State::sending;
  set_time_limit();
  send();
}

void HttpGet::on_event(Attempt& attempt) {
  take([&] { advance(attempt); });
}

void HttpGet::advance(Attempt& attempt) {
  switch (state_) {
    case State::connecting:
      settle_attempt(attempt);
      break;
    case State::sending:
      send();
      break;
    case State::reading:
      receive();
      break;
    case State::done:
      break;
  }
}

void HttpGet::send() {
  // #region http_get.send
  const auto rest = std::as_bytes(std::span(request_)).subspan(sent_);
  const auto written = stream_->write(rest);
  if (written) sent_ += *written;
  if (!written && sys::would_block(written.error())) return;
  if (!written &&
      (sys::is_errno(written.error(), ENOMEM) || sys::is_errno(written.error(), ENOBUFS))) {
    finish(std::unexpected(written.error().message()));  // there is no answer to half a request
    return;
  }
  // Another error is no reason to stop: the server may have answered and closed without reading all
  // we had to say. Reading tells.
  if (written && sent_ < request_.size()) return;
  // #endregion http_get.send
  state_ = State::reading;
  set_time_limit();
  if (auto waiting =
          loop_.modify(attempts_.front().token, epoll::Interest::read(), epoll::Trigger::level);
      !waiting)
    finish(std::unexpected(waiting.error().message()));
}

void HttpGet::receive() {
  // #region http_get.receive
  // A body that is kept needs room for itself only; what its chunks leave is closed up here.
  input_.drop_back(parser_.compact(input_.data()));
  const auto count = stream_->read(input_.room(kReadSize));
  if (!count) {
    if (!sys::would_block(count.error())) finish(std::unexpected(count.error().message()));
    return;
  }
  if (*count == 0) {
    look(parser_.finish(input_.data()));
    return;
  }
  input_.filled(*count);
  look(parser_.feed(input_.data()));
  // #endregion http_get.receive
}

void HttpGet::look(http::Parsed<http::Progress> progress) {
  // #region http_get.look
  // Told once, and the body may be there already.
  if (progress && *progress == http::Progress::head_complete) {
    has_head_ = true;
    progress = parser_.feed(input_.data());
  }
  if (!progress) {
    finish(std::unexpected(std::string(progress.error().what)));
  } else if (*progress == http::Progress::complete) {
    finish(&parser_.response());
  } else if (has_head_) {
    set_time_limit();  // a head has to be complete in time, a body has to make progress
  }
  // #endregion http_get.look
}

void HttpGet::disconnect() {
  stream_ = nullptr;
  attempts_.clear();
}

void HttpGet::finish(Outcome outcome) {
  outcome_ = std::move(outcome);
}

void HttpGet::tell(Outcome outcome) {
  // #region http_get.tell
  state_ = State::done;
  loop_.timers().cancel(*this);
  loop_.timers().cancel(next_attempt_);
  disconnect();
  // Taken out first: it may destroy this object.
  std::exchange(done_, {})(std::move(outcome));
  // #endregion http_get.tell
}

}  // namespace event_loop
