#include "event_loop/http_get.hpp"

#include <utility>

namespace event_loop {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

}  // namespace

HttpGet::HttpGet(EventLoop& loop, const http::Url& url, std::vector<epoll::SocketAddress> addresses,
                 Done done)
    : loop_(loop), addresses_(std::move(addresses)), done_(std::move(done)) {
  request_ = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
             "\r\nConnection: close\r\n\r\n";
  // From the loop, so that an error that is known at once is told like any other.
  loop_.timers().set(*this, loop_.now());
}

HttpGet::~HttpGet() {
  disconnect();
}

void HttpGet::on_timeout() {
  if (state_ == State::connecting) {
    // The first time: nothing has been tried. Later: this address does not answer.
    if (stream_) last_error_ = std::make_error_code(std::errc::timed_out);
    connect_next();
  } else {
    finish(std::unexpected("the server keeps silent"));
  }
}

void HttpGet::connect_next() {
  disconnect();
  while (next_address_ < addresses_.size()) {
    auto stream = epoll::TcpStream::connect(addresses_[next_address_++]);
    if (!stream) {
      last_error_ = stream.error();
      continue;
    }
    auto token = loop_.add(stream->fd(), epoll::Interest::write(), epoll::Trigger::level, *this);
    if (!token) {
      last_error_ = token.error();
      continue;
    }
    stream_ = std::move(*stream);
    token_ = *token;
    set_patience();
    return;
  }
  finish(std::unexpected(last_error_ ? last_error_.message() : "no address to connect to"));
}

void HttpGet::on_event(const epoll::Event&) {
  switch (state_) {
    case State::connecting:
      if (const auto connected = stream_->take_error(); !connected) {
        last_error_ = connected.error();
        connect_next();
        return;
      }
      state_ = State::sending;
      send();
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
  const auto rest = std::as_bytes(std::span(request_)).subspan(sent_);
  const auto written = stream_->write(rest);
  if (written) sent_ += *written;
  if (!written && sys::would_block(written.error())) return;
  // Another error is no reason to stop: the server may have answered and closed without reading all
  // we had to say. Reading tells.
  if (written && sent_ < request_.size()) return;
  state_ = State::reading;
  set_patience();
  if (auto waiting = loop_.modify(token_, epoll::Interest::read(), epoll::Trigger::level); !waiting)
    finish(std::unexpected(waiting.error().message()));
}

void HttpGet::receive() {
  // #region http_get.receive
  // A body that is kept needs room for itself only; what its chunks leave is closed up here.
  input_.drop_back(parser_.close_hole(input_.data()));
  const auto count = stream_->read(input_.room(kReadSize));
  if (!count) {
    if (!sys::would_block(count.error())) finish(std::unexpected(count.error().message()));
    return;
  }
  set_patience();
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
  // Told once, and of no interest here: the body may be there already.
  if (progress && *progress == http::Progress::head_complete)
    progress = parser_.feed(input_.data());
  if (!progress) {
    finish(std::unexpected(std::string(progress.error().what)));
  } else if (*progress == http::Progress::complete) {
    finish(&parser_.response());
  }
  // #endregion http_get.look
}

void HttpGet::disconnect() {
  loop_.remove(token_);
  stream_.reset();
}

void HttpGet::finish(Outcome outcome) {
  // #region http_get.finish
  state_ = State::done;
  loop_.timers().cancel(*this);
  disconnect();
  // Taken out first: it may destroy this object.
  std::exchange(done_, {})(std::move(outcome));
  // #endregion http_get.finish
}

}  // namespace event_loop
