#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fuzz.hpp"
#include "http/date.hpp"
#include "http/memory_budget.hpp"
#include "http/response_parser.hpp"
#include "http/session.hpp"
#include "http/text.hpp"

namespace fuzz {
namespace {

using http::Next;

http::DateClock& one_second() {
  static http::DateClock clock(
      [] { return std::chrono::sys_seconds(std::chrono::seconds(784'111'777)); });
  return clock;
}

// How one conversation proceeds, beside what the client sends.
struct Style {
  http::Limits limits = {};
  std::size_t piece = std::string_view::npos;  // at most so many bytes arrive at once
  std::size_t taken = std::string_view::npos;  // at most so many of an answer leave at once
  bool streams = false;                        // bodies are used piece by piece
  std::optional<std::size_t> finish = {};      // after so many steps: finish()
  std::optional<std::size_t> late = {};        // ... timed_out()
};

struct Request {
  std::string method, target, body;
};
std::string answer_to(const Request& request) {
  return request.body.empty() ? request.target : request.body;
}

// What a conversation came to.
struct Held {
  std::vector<Request> requests;
  std::string sent;
  std::size_t largest = 0;  // bytes of buffers that the connection has had
};

// Both ends of it.
class Conversation {
 public:
  Conversation(std::string_view input, const Style& style)
      : input_(input), style_(style), session_(options()) {}

  // Until the connection is closed.
  Held run() {
    for (std::size_t step = 0; !closed_; ++step) {
      require(step <= 64 + 8 * (moves_ + held_.requests.size()), "each step leads on");
      if (style_.finish == step) session_.finish();
      if (style_.late == step) session_.timed_out();
      take(session_.advance());
      held_.largest = std::max(held_.largest, budget_.used());
    }
    return held_;
  }

 private:
  http::SessionOptions options() {
    http::SessionOptions options;
    options.limits = style_.limits;
    options.ask_at_head = style_.streams;
    options.read_small = 256;
    options.read_large = 4096;
    options.output = 512;
    options.date = &one_second();
    options.memory = &budget_;
    return options;
  }

  void take(Next next) {
    switch (next) {
      case Next::read:
        return read();
      case Next::write:
        return write();
      case Next::head:
        streamed_.clear();
        return session_.stream_body();
      case Next::body:
        require(!session_.body_piece().empty(), "a piece of a body is never empty");
        streamed_ += http::as_text(session_.body_piece());
        return session_.body_taken();
      case Next::request:
        return answer();
      case Next::shutdown:
        return;
      case Next::close:
        closed_ = true;
    }
  }

  void read() {
    ++moves_;
    if (input_.empty()) return session_.received_end();
    const auto room = session_.input_space();
    require(!room.empty(), "there is room for what is read");
    const std::size_t count = std::min({input_.size(), room.size(), style_.piece});
    std::memcpy(room.data(), input_.data(), count);
    input_.remove_prefix(count);
    session_.received(count);
  }

  void write() {
    ++moves_;
    const auto output = http::as_text(session_.output());
    require(!output.empty(), "there is something to write");
    const std::size_t count = std::min(output.size(), style_.taken);
    held_.sent += output.substr(0, count);
    session_.sent(count);
  }

  void answer() {
    const http::Request& asked = session_.request();
    std::string body(asked.body_text());
    if (style_.streams && asked.body_size != 0) body = std::exchange(streamed_, {});
    require(body.size() == asked.body_size, "a body is as long as it says");
    const std::string text = answer_to(held_.requests.emplace_back(
        std::string(asked.method), std::string(asked.target), std::move(body)));
    if (text.size() % 3 == 0) return session_.respond(http::Response::text(200, text));
    const bool knows_length = text.size() % 3 == 1;
    session_.respond_streaming(http::Response(200),
                               knows_length ? std::optional(text.size()) : std::nullopt);
    session_.append_body(http::as_bytes(text));
    session_.end_body();
  }

  std::string_view input_;
  Style style_;
  http::MemoryBudget budget_;
  http::Session session_;
  Held held_;
  std::string streamed_;
  std::size_t moves_ = 0;  // reads and writes
  bool closed_ = false;
};

// A client that is sending its body already is not told to send it: whether it is depends on the pieces.
std::string without_interim_answers(std::string sent) {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at = 0; (at = sent.find(kContinue, at)) != sent.npos;)
    sent.erase(at, kContinue.size());
  return sent;
}

Held hold(std::string_view input, const Style& style) {
  return Conversation(input, style).run();
}

// What was sent is an answer to each request, and perhaps one more, which refuses what came last.
void answers_can_be_read(const Held& held) {
  std::string sent = held.sent;
  std::span<std::byte> rest = std::as_writable_bytes(std::span(sent));
  const auto take = [&](std::string_view method) {
    http::ResponseParser parser(method);
    const auto progress = parser.finish(rest);
    require(progress == http::Progress::complete, "an answer can be read");
    rest = rest.subspan(parser.consumed());
    return std::pair(parser.response().status, std::string(parser.response().body_text()));
  };
  for (const Request& request : held.requests) {
    const auto [status, body] = take(request.method);
    require(status == 200, "a request is answered");
    const bool no_body = request.method == "HEAD" || request.method == "CONNECT";
    require_equal(body, no_body ? "" : answer_to(request), "an answer");
  }
  if (rest.empty()) return;
  const bool head_only = http::as_text(rest).ends_with("\r\n\r\n");
  const auto [status, body] = take(head_only ? "HEAD" : "GET");
  require(status >= 400 && rest.empty(), "a refusal is the last answer");
}

void require_same(const Held& seen, const Held& right, std::string_view what) {
  require_equal(without_interim_answers(seen.sent), without_interim_answers(right.sent), what);
  require_equal(seen.requests.size(), right.requests.size(), what);
  for (std::size_t i = 0; i < seen.requests.size(); ++i)
    require_equal(seen.requests[i].body, right.requests[i].body, what);
}

// Whatever a client sends, and sends after that, costs no more than the limits of one request, the answers
// that wait, and what a workspace keeps.
void costs_no_more_than_its_limits(std::string_view input) {
  constexpr std::size_t kFlood = 512 * 1024;
  std::string flood(input);
  const std::string_view tail =
      input.substr(input.size() - std::min<std::size_t>(input.size(), 24));
  while (!tail.empty() && flood.size() < kFlood) flood += tail;
  const Held held = hold(flood, {.limits = kSmallLimits});
  constexpr std::size_t kMost = 2 * http::Workspace::kKept + 64 * 1024;
  require(held.largest <= kMost, "a connection costs no more than its limits");
}

}  // namespace

void session(std::string_view input) {
  Choices choices(input);
  for (const http::Limits& limits : {http::Limits{}, kSmallLimits}) {
    const Held whole = hold(input, {.limits = limits});
    answers_can_be_read(whole);
    require_same(hold(input, {.limits = limits, .piece = 1}), whole, "a byte at a time");
    require_same(hold(input, {.limits = limits, .piece = 1 + choices.below(40), .taken = 7}), whole,
                 "in small pieces, to a client that reads slowly");
    require_same(hold(input, {.limits = limits, .piece = 1 + choices.below(40), .streams = true}),
                 whole, "bodies used piece by piece");
    answers_can_be_read(hold(input, {.limits = limits, .piece = 3, .finish = choices.below(100)}));
    (void)hold(input, {.limits = limits, .piece = 3, .taken = 9, .late = choices.below(100)});
  }
  if (choices.below(32) == 0) costs_no_more_than_its_limits(input);
}

}  // namespace fuzz
