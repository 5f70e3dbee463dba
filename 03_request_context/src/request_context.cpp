#include "http/request_context.hpp"

#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "syscall/todo.hpp"

namespace http {

RequestContext::RequestContext(epoll::TcpStream stream, Handler& handler, ContextOptions options,
                               Trace* trace)
    : stream_(std::move(stream)),
      handler_(&handler),
      trace_(trace),
      turn_bytes_(options.turn_bytes),
      turn_requests_(options.turn_requests),
      session_(options.session, trace) {}

sys::Result<Next> RequestContext::read_cb() try {
  requests_left_ = turn_requests_;
  // #region 3.11 read_cb
  // There is work left that goes before reading: the stream may have reported an error, which the
  // next write will tell.
  if (phase() == Phase::writing || phase() == Phase::answering) return go_on();
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
    const auto next = go_on();
    taken += *count;
    if (!next || *next != Next::read) return next;
    // A read that filled its room may have left something. But the room for a body ends where the
    // body does, and behind it there is mostly nothing yet.
    if (*count < room.size() || phase() == Phase::idle || taken >= turn_bytes_) return Next::read;
  }
  // #endregion 3.11
} catch (const std::bad_alloc&) {
  return sys::failure(ENOMEM);
}

sys::Result<Next> RequestContext::write_cb() try {
  requests_left_ = turn_requests_;
  return go_on();
} catch (const std::bad_alloc&) {
  return sys::failure(ENOMEM);
}

sys::Result<Next> RequestContext::go_on() {
  while (true) {
    switch (session_.advance()) {
      case Step::read:
        return Next::read;
      case Step::close:
        return Next::close;
      case Step::linger:
        // The client may be gone already (ENOTCONN): then there is nobody to be polite to.
        if (!stream_.shutdown(epoll::Shutdown::write)) return Next::close;
        break;
      case Step::request:
        if (requests_left_ == 0) {
          if (const auto all = flush(); !all) return sys::failure(all.error());
          return Next::write;
        }
        answer();
        --requests_left_;
        break;
      case Step::write: {
        const auto all = flush();
        if (!all) return sys::failure(all.error());
        if (!*all) return Next::write;
        break;
      }
    }
  }
}

sys::Result<bool> RequestContext::flush() {
  // #region 3.12 flush
  while (!session_.output().empty()) {
    const std::size_t wanted = session_.output().size();
    const auto count = stream_.write(session_.output());
    if (!count) {
      if (sys::would_block(count.error())) return false;
      return sys::failure(count.error());
    }
    session_.sent(*count);
    if (*count < wanted) return false;  // it took what it could
  }
  return true;
  // #endregion 3.12
}

void RequestContext::answer() {
  Response response(500);
  try {
    response = (*handler_)(session_.request());
    if (response.status() < 200) throw std::logic_error("the handler gave an interim answer");
  } catch (const std::exception& error) {
    response = Response::text(500, "Internal Server Error\n").close();
    if (trace_ != nullptr) trace_->handler_failed(error.what());
  } catch (...) {
    response = Response::text(500, "Internal Server Error\n").close();
    if (trace_ != nullptr) trace_->handler_failed("something that is no std::exception");
  }
  session_.respond(response);
}

Next RequestContext::timed_out() try {
  session_.timed_out();
  const auto next = go_on();
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
  const auto next = go_on();
  return next ? *next : Next::close;
} catch (const std::bad_alloc&) {
  return Next::close;
}

}  // namespace http
