#include "http/request_context.hpp"

#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "syscall/report.hpp"
#include "syscall/result.hpp"
#include "syscall/todo.hpp"

namespace http {
namespace {

SessionOptions asking(SessionOptions options, bool at_head) {
  options.ask_at_head = at_head;
  return options;
}

}  // namespace

RequestContext::RequestContext(epoll::TcpStream stream, Handler& handler, ContextOptions options,
                               Trace* trace)
    : stream_(std::move(stream)),
      handler_(&handler),
      trace_(trace),
      at_head_(std::move(options.at_head)),
      turn_bytes_(options.turn_bytes),
      turn_requests_(options.turn_requests),
      session_(asking(options.session, static_cast<bool>(at_head_)), trace) {}

sys::Result<Next> RequestContext::read_cb() try {
  requests_left_ = turn_requests_;
  // #region 3.11 read_cb @request_context_test @request_context_cost_test
  // Output comes first: the event may be an error of the stream, which the next write returns.
  if (phase() == Phase::writing || phase() == Phase::answering) return advance();
  std::size_t taken = 0;
  while (true) {
    const auto room = session_.input_space();
    const auto count = stream_.read(room);
    if (!count) {
      if (sys::would_block(count.error())) return Next::read;
      return sys::failure(count.error());
    }
    if (*count == 0) {
      session_.received_end();
    } else {
      session_.received(*count);
    }
    const auto next = advance();
    taken += *count;
    if (!next || *next != Next::read) return next;
    // A read that filled its room may have left bytes unread. But the room for a body ends where the
    // body does, and usually nothing has arrived after it yet.
    if (*count < room.size() || phase() == Phase::idle || taken >= turn_bytes_) return Next::read;
  }
  // #endregion 3.11
} catch (const std::bad_alloc&) {
  return sys::failure(ENOMEM);
}

sys::Result<Next> RequestContext::write_cb() try {
  requests_left_ = turn_requests_;
  return advance();
} catch (const std::bad_alloc&) {
  return sys::failure(ENOMEM);
}

sys::Result<Next> RequestContext::advance() {
  while (true) {
    switch (session_.advance()) {
      case Next::read:
        return Next::read;
      case Next::close:
        return Next::close;
      case Next::shutdown:
        // The client may be gone already (ENOTCONN): then no answer can be lost by a reset.
        if (!stream_.shutdown(epoll::Shutdown::write)) return Next::close;
        break;
      case Next::request:
        if (requests_left_ == 0) {
          SYS_TRY(flush());
          return Next::write;
        }
        answer();
        --requests_left_;
        break;
      case Next::head:
        ask_at_head();
        break;
      case Next::body:
        hand_over_piece();
        break;
      case Next::write: {
        const auto all = flush();
        SYS_TRY(all);
        if (!*all) return Next::write;
        break;
      }
    }
  }
}

sys::Result<bool> RequestContext::flush() {
  // #region 3.12 flush @request_context_test @request_context_fault_test
  while (session_.output_size() != 0) {
    const OutputPieces pieces = session_.output_pieces();
    const auto count = stream_.write_vectored(pieces.list());
    if (!count) {
      if (sys::would_block(count.error())) return false;
      return sys::failure(count.error());
    }
    session_.sent(*count);
    if (*count < pieces.bytes) return false;  // the socket is full
  }
  return true;
  // #endregion 3.12
}

template <class Call>
std::optional<Response> RequestContext::guarded(Call call) {
  try {
    return call();
  } catch (...) {
    if (trace_ != nullptr) trace_->handler_failed(sys::describe(std::current_exception()));
  }
  return Response::text(500, "Internal Server Error\n").close();
}

void RequestContext::answer() {
  auto response = guarded([&] {
    std::optional<Response> answer(upload_ ? upload_->answer(session_.request())
                                           : (*handler_)(session_.request()));
    if (answer->status() < 200) throw std::logic_error("the handler returned an interim answer");
    return answer;
  });
  upload_.reset();
  session_.respond(std::move(*response));
}

void RequestContext::ask_at_head() {
  auto refusal = guarded([&]() -> std::optional<Response> {
    AtHead decision = at_head_(session_.request());
    if (auto* const response = std::get_if<Response>(&decision)) {
      if (response->status() < 200)
        throw std::logic_error("the handler returned an interim answer");
      return std::move(*response);
    }
    if (auto* const upload = std::get_if<std::unique_ptr<Upload>>(&decision)) {
      if (*upload == nullptr) throw std::logic_error("the handler returned no upload");
      upload_ = std::move(*upload);
      session_.stream_body();
    } else {
      session_.accept_body(std::get<BodyMode>(decision));
    }
    return std::nullopt;
  });
  if (!refusal) return;
  upload_.reset();
  session_.respond(std::move(*refusal));
}

void RequestContext::hand_over_piece() {
  auto failure = guarded([&]() -> std::optional<Response> {
    upload_->piece(session_.body_piece());
    return std::nullopt;
  });
  if (!failure) return session_.body_taken();
  upload_.reset();
  session_.respond(std::move(*failure));
}

Next RequestContext::timed_out() try {
  session_.timed_out();
  const auto next = advance();
  return next ? *next : Next::close;
} catch (const std::bad_alloc&) {
  return Next::close;
}

Next RequestContext::finish() try {
  // A request may have arrived that no event has told yet. It is answered, too.
  if (phase() == Phase::idle) {
    const auto count = stream_.read(session_.input_space());
    if (!count && !sys::would_block(count.error())) return Next::close;
    if (count.value_or(0) > 0) session_.received(*count);
  }
  session_.finish();
  const auto next = advance();
  return next ? *next : Next::close;
} catch (const std::bad_alloc&) {
  return Next::close;
}

}  // namespace http
