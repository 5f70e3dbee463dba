// A session with a test at its other end: bytes go in, steps are done as they are asked
// for, and what was sent is kept.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/session.hpp"

// Writes down what a connection tells.
class Recorder : public http::Trace {
 public:
  void content_length_set(std::uint64_t bytes) noexcept override { lengths.push_back(bytes); }
  void got_all_data(std::uint64_t bytes) noexcept override { requests.push_back(bytes); }
  void answered() noexcept override { ++answers; }
  void handler_failed(std::string_view what) noexcept override { failures.emplace_back(what); }
  void refused(const http::ParseError& error) noexcept override { refusals.push_back(error); }

  std::vector<std::uint64_t> lengths;
  std::vector<std::uint64_t> requests;
  int answers = 0;
  std::vector<std::string> failures;
  std::vector<http::ParseError> refusals;
};

class SessionDriver {
 public:
  explicit SessionDriver(http::SessionOptions options = {}) : session(with_date(options), &trace) {}

  // The client sends these bytes; they arrive in pieces of at most `piece`.
  void receive(std::string_view bytes, std::size_t piece = std::string_view::npos) {
    while (!bytes.empty()) {
      if (run() == http::Next::close) return;
      const auto room = session.input_space();
      const std::size_t count = std::min({bytes.size(), piece, room.size()});
      largest_room = std::max(largest_room, room.size());
      ++reads;
      std::memcpy(room.data(), bytes.data(), count);
      session.received(count);
      bytes.remove_prefix(count);
    }
    run();
  }
  void receive_end() {
    if (run() == http::Next::close) return;
    session.received_end();
    run();
  }

  // Does what can be done without the client. Ends with read, close, or, where `reads_answers` is
  // off, write.
  http::Next run() {
    while (true) {
      const http::Next step = session.advance();
      switch (step) {
        case http::Next::read:
          return step;
        case http::Next::close:
          closed = true;
          return step;
        case http::Next::head:
          ++heads;
          at_head(session);
          break;
        case http::Next::body:
          pieces.emplace_back(http::as_text(session.body_piece()));
          session.body_taken();
          break;
        case http::Next::shutdown:
          ++shutdowns;
          break;
        case http::Next::request:
          bodies.emplace_back(session.request().body_text());
          targets.emplace_back(session.request().target);
          answer(session);
          break;
        case http::Next::write:
          if (!reads_answers) return step;
          ++writes;
          sent += http::as_text(session.output());
          session.sent(session.output().size());
          break;
      }
    }
  }

  std::string take_sent() { return std::exchange(sent, {}); }

  Recorder trace;
  http::Session session;
  std::function<void(http::Session&)> answer = [](http::Session& s) {
    s.respond(http::Response::text(200, s.request().target));
  };
  std::function<void(http::Session&)> at_head = [](http::Session& s) {
    s.accept_body(http::BodyMode::keep);
  };
  bool reads_answers = true;
  bool closed = false;
  int shutdowns = 0;  // how often we were told to shut down the write side
  int writes = 0;
  int heads = 0;  // how often Next::head was asked
  int reads = 0;
  std::size_t largest_room = 0;
  std::string sent;
  std::vector<std::string> bodies, targets;
  std::vector<std::string> pieces;  // of bodies that were streamed

 private:
  // Every answer of a test is of the same second.
  static http::SessionOptions with_date(http::SessionOptions options) {
    static http::DateClock clock(
        [] { return std::chrono::sys_seconds(std::chrono::seconds(784'111'777)); });
    options.date = &clock;
    return options;
  }
};

// What the driver's answers look like on the wire.
inline std::string answer_200(std::string_view body, std::string_view more_fields = "") {
  return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
         "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more_fields) + "\r\n" +
         std::string(body);
}
