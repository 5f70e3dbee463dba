// The protocol of one connection, without a socket.
//
// A Session is asked what to do next, and told what was done. It makes no system call, so the same
// one serves callbacks (request_context.hpp), coroutines, and a test that has no socket at all:
//
//   for (;;) switch (session.advance()) {
//     case Next::read:     n = read(session.input_space());
//                          n == 0 ? session.received_end() : session.received(n);         break;
//     case Next::request:  session.respond(handler(session.request()));                    break;
//     case Next::head:     session.accept_body(BodyMode::keep); // or respond(), to refuse   break;
//     case Next::body:     use(session.body_piece()); session.body_taken();                break;
//     case Next::write:    session.sent(write(session.output()));                          break;
//     case Next::shutdown:  shut down the write side, and go on                             break;
//     case Next::close:    return;
//   }
//
// Pipelining. Requests are handed out one at a time and answered in order [RFC 9112 9.3.2].
// `advance` prefers the next request to writing, so the answers to a pipeline leave in one write;
// but it hands out none while more than Options::output waits to be sent. A client that asks and
// never reads costs that much, and no more.
//
// At the head. With Options::ask_at_head a request that has a body is shown twice: when its head is
// there, to be taken or refused by its method, its target, its length, before any of its body is kept
// and before the client hears "100 Continue" [RFC 9110 10.1.1]; and when it is whole. In between its
// body may be handed out piece by piece. What is refused at the head is the last on its connection:
// whether the client sends the body all the same cannot be known.
//
// Memory. Room for input grows with what has arrived, never with what a Content-Length has claimed. A
// connection holds one request, which its Limits bound, and the answers that wait to be sent; all
// connections together hold what Options::memory allows, and a body for which that has no room is
// refused with 503.
// A connection that is idle holds neither buffers nor parser: see workspace.hpp.
//
// Closing. A socket that is closed while input is still unread, or still on its way, answers with a
// reset, and a reset makes the client's system throw away what it has not yet read: our last answer
// [RFC 9112 9.6]. So after the last answer only our direction is shut down, and what still comes is
// read and dropped until the client closes its own. A client that is in the middle of an upload which
// was refused, and reads only when it has sent all of it, so gets to read why. How long that may take
// is for the owner's clock to say (timed_out), not for a number of bytes: an upload that is too long
// for us is longer than any number that we would choose. A client that has asked for the end itself, and
// has sent nothing behind its last request, is not waited for.
//
// States. A connection is in one Phase; below it stands what is Next in it:
//
//              +------------------- all is sent -------------------+
//              v                                                   |
//   ------>  idle -----> head ------> body -----> answering --> writing
//            read        read      read, body   request, head    write
//              |           |           |                           |  the last answer is sent
//              | end       +-----------+--- refused or late: 4xx --+
//              v                                                   v
//            closed <---- end, timed out, bound reached ------ lingering
//            close                                          shutdown, then read
//
// A request without a body goes from head to answering at once. At a head that is shown to the caller
// the connection is answering, too, and then in body, or writing "100 Continue" before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "http/date.hpp"
#include "http/limits.hpp"
#include "http/memory_budget.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/spares.hpp"
#include "http/trace.hpp"
#include "http/workspace.hpp"

namespace http {

// What to do next. RequestContext does most of it, and asks only to wait: read, write or close.
enum class Next {
  read,      // read into input_space(), then received() or received_end()
  write,     // write output(), then sent()
  head,      // the head of request() is there: accept_body() or stream_body(), or answer it
  body,      // more of a body that is streamed: use body_piece(), then body_taken(), or answer
  request,   // request() is whole: answer it with respond() or respond_streaming()
  shutdown,  // shut down the write side now; said once
  close,     // it is over: close the socket
};

// Where a connection stands, for deadlines and for the log; in the order in which it gets there.
enum class Phase {
  idle,       // nothing of a request has come, nothing is to be sent
  head,       // a head has begun, or waits to be looked at
  body,       // the head is there, its body is not yet whole
  answering,  // the request, or its head, is with the caller
  writing,    // bytes wait to be sent: nothing is read until they are gone
  lingering,  // our last answer is out; what comes is dropped
  closed,
};

struct SessionOptions {
  Limits limits;                        // of what a request may be
  BodyMode body = BodyMode::keep;       // discard: an upload of any size costs constant memory
  bool ask_at_head = false;             // Next::head for each request that has a body
  std::size_t read_small = 16 * 1024;   // room offered while heads are expected
  std::size_t read_large = 256 * 1024;  // ... and while a body pours in
  std::size_t output = 256 * 1024;      // no request is handed out while more than this waits
  // How much is dropped after the last answer before the client is reset after all; no bound by
  // default. One below Limits::body would lose answers to requests that were within the limit.
  std::uint64_t linger = std::numeric_limits<std::uint64_t>::max();
  // While it is true, each answer says Connection: close, and is the last on its connection, unless
  // another request has come behind it: a server that is to end tells its clients. Null: never. Not owned.
  const bool* ending = nullptr;
  DateClock* date = nullptr;       // null: the clock of the thread. Not owned.
  MemoryBudget* memory = nullptr;  // of all connections together; null: no bound. Not owned.
};

class Session {
 public:
  explicit Session(SessionOptions options = {}, Trace* trace = nullptr);

  // May be moved between calls, with views of its request staying good.
  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;
  Session(const Session&) = delete;  // a connection has one history
  Session& operator=(const Session&) = delete;

  // What to do next. The answer stays the same until it has been done (but for `shutdown`).
  [[nodiscard]] Next advance();

  // --- after Next::read
  // Where to read into: never empty. Throws std::bad_alloc.
  [[nodiscard]] std::span<std::byte> input_space();
  // The first `count` bytes of the last input_space() hold input; 0 < count <= its size.
  void received(std::size_t count);
  // The client sends no more. Whole requests that it has sent are still answered.
  void received_end();

  // --- after Next::head
  // Takes the body: `mode` says whether request() is to hold it when it is whole.
  void accept_body(BodyMode mode);
  // Takes it in pieces: Next::body for each of them, then Next::request, without a body.
  void stream_body();

  // --- after Next::body
  // What has come of the body since the last piece; never empty. Nothing is read before body_taken().
  [[nodiscard]] std::span<const std::byte> body_piece() const noexcept {
    return work_->parser.kept_body(std::as_const(work_->input).data());
  }
  void body_taken();

  // --- after Next::request, or instead of what is wanted after Next::head and Next::body: then the
  //     rest of the body is dropped, and the connection ends
  // The request to answer. Its views are good until respond() or end_body().
  [[nodiscard]] const Request& request() const noexcept { return work_->parser.request(); }
  // Answers it. Throws std::invalid_argument for an interim (1xx) answer, which ends no request; the
  // request is then still to be answered.
  // A 2xx to CONNECT tells the client that a tunnel begins [RFC 9110 9.3.6]. None does: that answer has
  // no body, and is the last.
  // A large body is not copied, if the answer is moved in.
  void respond(Response response);
  // The same in pieces: `head` without its body, then any number of append_body, then end_body.
  // Where no length is given, the body is sent in chunks, or to a client of HTTP/1.0 up to the end
  // of the connection. In between, advance() says `write` while there is output, and `request` when
  // more is wanted.
  void respond_streaming(const Response& head, std::optional<std::uint64_t> length = std::nullopt);
  // Throws std::length_error for more bytes than were announced. Dropped where the answer has no
  // body (HEAD, 204, 304).
  void append_body(std::span<const std::byte> bytes);
  // Fewer bytes than announced, and the connection is closed: the client can only tell by that.
  void end_body();

  // --- after Next::write
  // The first piece of it, to write one at a time; empty only if there is nothing to write.
  [[nodiscard]] std::span<const std::byte> output() const noexcept {
    return work_ ? work_->output.front() : std::span<const std::byte>();
  }
  // Several at once: head and body of an answer leave together.
  [[nodiscard]] OutputPieces output_pieces() const noexcept {
    return work_ ? work_->output.pieces() : OutputPieces();
  }
  [[nodiscard]] std::size_t output_size() const noexcept {
    return work_ ? work_->output.size() : 0;
  }
  void sent(std::size_t count);  // the first `count` bytes of it are gone

  // --- from outside, between two steps; then advance(), and no room or view from before it is good
  // The owner's deadline for this phase() is over: 408 for a request that has begun, and a plain
  // close for everything else.
  void timed_out();
  // The owner wants to stop: a request that has begun is answered with Connection: close; without
  // one the connection is closed now.
  void finish();

  // --- looking on
  [[nodiscard]] Phase phase() const noexcept;
  // Bytes in both directions so far. It stands still exactly when the client does nothing.
  [[nodiscard]] std::uint64_t bytes_moved() const noexcept { return bytes_moved_; }
  // Answers whose last byte has been taken by the kernel.
  [[nodiscard]] std::uint64_t requests_answered() const noexcept { return answered_; }
  // The length of the body, as its head gave it: of the request that is being received or answered,
  // or of the last one. 0 without a Content-Length.
  [[nodiscard]] std::uint64_t content_length() const noexcept { return content_length_; }

 private:
  // How the answer to the current request is delivered.
  struct Answer {
    bool kept = false;                     // the connection goes on after it
    bool has_body = false;                 // not for HEAD, 204 and 304
    bool chunked = false;                  // its body is sent in chunks
    std::optional<std::uint64_t> to_come;  // what is missing of the announced length
  };
  // The request that is being received or answered. `current_ = {}` makes ready for the next one.
  struct Current {
    std::size_t head_size = 0;     // 0: the head is not there yet
    std::uint64_t compacted = 0;   // bytes of the request that are no longer in input_
    bool streams = false;          // its body is handed out in pieces
    bool whole = false;            // ... and its last piece is out
    std::optional<Answer> answer;  // that is being streamed
  };

  void look_at_input();
  void head_has_come();
  void request_is_whole();
  // Tells the client to send the body, if it waits for that.
  void let_body_come();
  // A byte of a request has come that is not whole yet.
  [[nodiscard]] bool has_begun() const noexcept { return work_ && work_->parser.started(); }
  // Everything that came has been looked at, and nothing will follow.
  void end_of_input();
  // Answers with what is wrong. That answer is the last.
  void refuse(const ParseError& error);

  // Whether the connection goes on after this answer to the present request.
  [[nodiscard]] bool keeps_open(const Response& response) const;
  // Makes the head of the answer to the current request.
  [[nodiscard]] Answer begin_answer(const Response& head, std::optional<std::uint64_t> length);
  [[nodiscard]] Answer& streamed_answer();
  void answer_done(bool kept);
  void no_more_requests();
  void count_sent();

  [[nodiscard]] std::size_t room_to_offer() const noexcept;
  [[nodiscard]] bool has_room() const noexcept;
  // Tells the budget what the buffers hold.
  void account() noexcept { memory_.set(work_ ? work_->capacity() : 0); }
  void take_workspace();
  void give_back_workspace() noexcept;
  [[nodiscard]] std::size_t most_input() const noexcept;
  [[nodiscard]] std::string_view date() const;

  // As long as the connection lasts.
  SessionOptions options_;
  Trace* trace_;  // not owned; may be null
  MemoryShare memory_;
  std::unique_ptr<Workspace> work_;  // null while there is nothing in it, and nothing is read
  // What is asked for, but for output, which goes first while a request is read and while an answer is
  // streamed. shutdown from the last answer on; read again while it lingers.
  Next next_ = Next::read;
  bool lingering_ = false;
  bool finishing_ = false;         // no request after those that have come
  bool ended_ = false;             // the client sends no more
  bool unseen_ = false;            // input_ holds bytes that the parser has not been shown
  bool filled_ = false;            // the last read filled its room: more is probably waiting
  std::size_t offered_ = 0;        // the room of the last input_space()
  std::uint64_t linger_left_ = 0;  // bytes to drop before the connection is closed all the same
  std::uint64_t content_length_ = 0;
  std::uint64_t bytes_moved_ = 0;
  std::uint64_t unsent_ = 0;  // answers that are made and not wholly sent
  std::uint64_t answered_ = 0;

  Current current_;
};

}  // namespace http
