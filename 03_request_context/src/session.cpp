#include "http/session.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "syscall/todo.hpp"

namespace http {
namespace {

constexpr ParseError kTooLate{408, 0, "the request did not come in time", "RFC 9110 15.5.9"};
constexpr ParseError kNoRoom{503, 0, "the server holds as much as it may", "RFC 9110 15.6.4"};
constexpr ParseError kCutOff{400, 0, "the connection ended before the request", "RFC 9112 8"};

Response explain(const ParseError& error) {
  std::string text(reason_phrase(error.status));
  text.append(": ").append(error.what).append(" (").append(error.section).append(")\n");
  return Response::text(error.status, text).close();
}

}  // namespace

Session::Session(SessionOptions options, Trace* trace)
    : options_(options), trace_(trace), memory_(options.memory) {}

Next Session::advance() {
  const bool may_go_on = unseen_ || ended_ || finishing_ || current_.head_size != 0;
  if (next_ == Next::read && !lingering_ && may_go_on) look_at_input();
  const bool sends = next_ == Next::read || next_ == Next::shutdown || current_.answer;
  if (sends && output_size() != 0) {
    account();
    return Next::write;
  }
  if (work_ && work_->is_unused()) give_back_workspace();
  if (next_ != Next::shutdown) return next_;
  // Where the client's end has been read, there is nothing left that could be reset.
  lingering_ = !ended_;
  next_ = ended_ ? Next::close : Next::read;
  return ended_ ? Next::close : Next::shutdown;
}

void Session::take_workspace() {
  work_ = Spares<Workspace>::of_this_thread().take();
  work_->parser.set_limits(options_.limits);
  work_->parser.set_body_mode(options_.body);
}

void Session::give_back_workspace() noexcept {
  work_->input.shrink(Workspace::kKept);
  work_->output.shrink(Workspace::kKept);
  Spares<Workspace>::of_this_thread().give_back(std::move(work_));
  account();
}

void Session::look_at_input() {
  if (output_size() > options_.output) return;
  while (unseen_) {
    unseen_ = false;
    const auto progress = work_->parser.feed(work_->input.data());
    if (!progress) return refuse(progress.error());
    if (*progress == Progress::head_complete) {
      head_has_come();
      if (next_ != Next::read) return;
      continue;
    }
    current_.whole = *progress == Progress::complete;
    if (current_.streams && !body_piece().empty()) {
      next_ = Next::body;
      return;
    }
    if (current_.whole) return request_is_whole();
  }
  if (ended_) {
    end_of_input();
  } else if (current_.head_size != 0 && !has_room()) {
    refuse(kNoRoom);
  } else if (finishing_ && !has_begun() && output_size() == 0) {
    next_ = Next::close;
  }
}

void Session::head_has_come() {
  current_.head_size = work_->parser.consumed();
  content_length_ = work_->parser.declared_length().value_or(0);
  if (trace_ != nullptr && work_->parser.declared_length())
    trace_->content_length_set(content_length_);
  if (options_.ask_at_head) {
    next_ = Next::head;
  } else {
    let_body_come();
  }
}

void Session::let_body_come() {
  // A client that is sending already does not wait for a word from us [RFC 9110 10.1.1].
  const bool body_has_begun = work_->input.size() > current_.head_size;
  if (request().wants_continue && !body_has_begun)
    append_head(work_->output.text(), Response(100), {});
  next_ = Next::read;
  unseen_ = true;
}

void Session::accept_body(BodyMode mode) {
  if (next_ != Next::head) throw std::logic_error("there is no body to decide upon");
  work_->parser.set_body_mode(mode);
  let_body_come();
}

void Session::stream_body() {
  accept_body(BodyMode::keep);
  current_.streams = true;
}

void Session::body_taken() {
  if (next_ != Next::body) throw std::logic_error("there is no piece of a body");
  work_->parser.release_body();
  next_ = Next::read;
  if (current_.whole) request_is_whole();
}

void Session::request_is_whole() {
  content_length_ = work_->parser.declared_length().value_or(0);
  next_ = Next::request;
  if (trace_ != nullptr) trace_->got_all_data(current_.compacted + work_->parser.consumed());
}

void Session::end_of_input() {
  // #region 3.10 end_of_input
  if (has_begun()) {
    refuse(kCutOff);
  } else {
    no_more_requests();
  }
  // #endregion 3.10
}

// --- input

std::size_t Session::room_to_offer() const noexcept {
  if (lingering_) return filled_ ? options_.read_large : options_.read_small;
  if (current_.head_size == 0) return options_.read_small;
  // A read that filled its room has shown that the client does send what it has announced.
  const std::uint64_t arrived = work_->input.size() + current_.compacted - current_.head_size;
  const std::size_t room =
      filled_ ? options_.read_large
              : std::clamp<std::size_t>(arrived, options_.read_small, options_.read_large);
  // No further than the end of this body: what follows belongs to the next request, whose bytes
  // would have to be moved.
  const auto length = work_->parser.declared_length();
  return length ? std::min<std::size_t>(room, *length - arrived) : room;
}

// No more than this will have to be held of the request that is coming in, as far as its head tells.
std::size_t Session::most_input() const noexcept {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  const auto length = work_->parser.declared_length();
  return current_.head_size == 0 || !length || *length > most - current_.head_size
             ? most
             : current_.head_size + *length;
}

// For what the next read may bring of a body that is kept.
bool Session::has_room() const noexcept {
  const std::size_t free = work_->input.capacity() - work_->input.size();
  const std::size_t wanted = room_to_offer();
  return wanted <= free || memory_.allows(wanted - free);
}

std::span<std::byte> Session::input_space() {
  if (!work_) take_workspace();
  if (current_.head_size != 0) {
    const std::size_t count = work_->parser.compact(work_->input.data());
    work_->input.drop_back(count);
    current_.compacted += count;
  }
  offered_ = std::max<std::size_t>(1, room_to_offer());
  const auto room = work_->input.room(offered_, most_input());
  account();
  return room;
}

void Session::received(std::size_t count) {
  bytes_moved_ += count;
  filled_ = count == offered_;
  if (lingering_) {
    linger_left_ -= std::min<std::uint64_t>(count, linger_left_);
    if (linger_left_ == 0) next_ = Next::close;
    return;
  }
  work_->input.filled(count);
  unseen_ = true;
}

void Session::received_end() {
  ended_ = true;
  if (lingering_) next_ = Next::close;
}

// --- answers

bool Session::keeps_open(const Response& response) const {
  // #region 3.9 keeps_open
  if (response.closes() || !request().keep_alive()) return false;
  // Requests that came before the end of the client's input, or before finish(), are answered.
  const bool more_has_come = work_->input.size() > work_->parser.consumed();
  return more_has_come || !(ended_ || finishing_);
  // #endregion 3.9
}

Session::Answer Session::begin_answer(const Response& head, std::optional<std::uint64_t> length) {
  const bool refuses = next_ == Next::head || next_ == Next::body;
  if (current_.answer || (next_ != Next::request && !refuses))
    throw std::logic_error("there is no request to answer");
  if (head.status() < 200) throw std::invalid_argument("an interim answer does not end a request");
  if (options_.ending != nullptr && *options_.ending) finishing_ = true;
  const bool knows_chunks = request().version.minor >= 1;
  // To its client a tunnel begins behind this head [RFC 9110 9.3.6]; here is none that it could use.
  const bool opens_tunnel = request().method == "CONNECT" && head.status() < 300;
  const bool has_body = head.may_have_body() && request().method != "HEAD" && !opens_tunnel;
  const bool chunked = !length && knows_chunks && !opens_tunnel;
  const bool kept =
      !refuses && !opens_tunnel && keeps_open(head) && (length || knows_chunks || !has_body);
  append_head(work_->output.text(), head,
              {.length = opens_tunnel ? std::nullopt : length,
               .chunked = chunked,
               .close = !kept,
               .told_to_keep = kept && !knows_chunks,
               .date = date()});
  return {.kept = kept,
          .has_body = has_body,
          .chunked = has_body && chunked,
          .to_come = has_body ? length : std::nullopt};
}

void Session::respond(Response response) {
  const Answer answer = begin_answer(response, response.body().size());
  const bool is_small = response.body().size() <= OutputQueue::kCopied;
  if (answer.has_body && is_small) work_->output.append(response.body());
  if (answer.has_body && !is_small) work_->output.append(response.take_body());
  answer_done(answer.kept);
}

void Session::respond_streaming(const Response& head, std::optional<std::uint64_t> length) {
  current_.answer = begin_answer(head, length);
  next_ = Next::request;
}

Session::Answer& Session::streamed_answer() {
  if (!current_.answer) throw std::logic_error("no answer is being streamed");
  return *current_.answer;
}

void Session::append_body(std::span<const std::byte> bytes) {
  Answer& answer = streamed_answer();
  if (!answer.has_body) return;
  if (answer.to_come) {
    if (bytes.size() > *answer.to_come)
      throw std::length_error("more of a body than was announced");
    *answer.to_come -= bytes.size();
  }
  if (answer.chunked) {
    append_chunk(work_->output.text(), bytes);
  } else {
    work_->output.append(bytes);
  }
  account();
}

void Session::end_body() {
  const Answer& answer = streamed_answer();
  if (answer.chunked) append_last_chunk(work_->output.text());
  answer_done(answer.kept && answer.to_come.value_or(0) == 0);
}

void Session::answer_done(bool kept) {
  // The client has said that this was its last request, and no byte followed: there is none that could
  // turn our close into a reset, so there is nothing to wait for [RFC 9112 9.6].
  if (current_.whole && !request().keep_alive() && work_->input.size() == work_->parser.consumed())
    ended_ = true;
  work_->input.consume(work_->parser.consumed());
  work_->parser.reset();
  work_->parser.set_body_mode(options_.body);
  current_ = {};
  unseen_ = !work_->input.empty();
  work_->input.shrink(Workspace::kKept);
  ++unsent_;
  next_ = Next::read;
  if (!kept) no_more_requests();
  if (work_->output.empty()) count_sent();
}

void Session::refuse(const ParseError& error) {
  if (trace_ != nullptr) trace_->refused(error);
  const Response answer = explain(error);
  append_head(work_->output.text(), answer,
              {.length = answer.body().size(), .close = true, .date = date()});
  if (!work_->parser.asks_for_head_only(work_->input.data())) work_->output.append(answer.body());
  no_more_requests();
}

void Session::no_more_requests() {
  next_ = Next::shutdown;
  linger_left_ = options_.linger;
  if (work_) {
    work_->input.consume(work_->input.size());
    work_->parser.reset();
  }
  unseen_ = filled_ = false;
  current_ = {};
}

std::string_view Session::date() const {
  return options_.date != nullptr ? options_.date->text() : DateClock::of_this_thread().text();
}

// --- output

void Session::sent(std::size_t count) {
  bytes_moved_ += count;
  OutputQueue& output = work_->output;
  output.consume(count);
  if (output.empty()) {
    output.shrink(Workspace::kKept);
    count_sent();
  }
}

void Session::count_sent() {
  for (; unsent_ != 0; --unsent_) {
    ++answered_;
    if (trace_ != nullptr) trace_->answered();
  }
}

// --- from outside

void Session::timed_out() {
  const Phase now = phase();
  if (now == Phase::head || now == Phase::body) {
    refuse(kTooLate);
  } else {
    next_ = Next::close;
  }
}

void Session::finish() {
  finishing_ = true;
}

Phase Session::phase() const noexcept {
  if (next_ == Next::close) return Phase::closed;
  const bool is_with_caller = next_ == Next::head || next_ == Next::request;
  if (is_with_caller && !current_.answer) return Phase::answering;
  if (output_size() != 0) return Phase::writing;
  if (is_with_caller) return Phase::answering;
  if (lingering_ || next_ == Next::shutdown) return Phase::lingering;
  if (current_.head_size != 0) return Phase::body;
  return unseen_ || has_begun() ? Phase::head : Phase::idle;
}

}  // namespace http
