// The protocol of one connection, without a socket.
//
// `advance` returns what to do next, and further calls report what has been done. A Session makes
// no system call, so the same class serves callbacks (request_context.hpp), coroutines, and a test
// that has no socket at all:
//
//   for (;;) switch (session.advance()) {
//     case Next::read:     n = read(session.input_space());
//                          n == 0 ? session.received_end() : session.received(n);         break;
//     case Next::request:  session.respond(handler(session.request()));                    break;
//     case Next::head:     session.accept_body(BodyMode::keep); // or respond(), to refuse   break;
//     case Next::body:     use(session.body_piece()); session.body_taken();                break;
//     case Next::write:    session.sent(write(session.output()));                          break;
//     case Next::shutdown:  shut down the write side, and continue                          break;
//     case Next::close:    return;
//   }
//
// Pipelining. Requests are handed out one at a time and answered in order [RFC 9112 9.3.2].
// `advance` prefers the next request to writing, so that the answers to a pipeline are sent with
// one write; but it hands out no request while more than SessionOptions::output bytes wait to be
// sent. A client that sends requests and never reads costs that much memory, and no more.
//
// At the head. With SessionOptions::ask_at_head a request that has a body is handed out twice. The
// first time is when its head is complete: the caller accepts or refuses it by its method, its
// target and its length, before any of its body is kept and before the client gets "100 Continue"
// [RFC 9110 10.1.1]. The second time is when the request is complete. In between its body may be
// handed out piece by piece. A request that is refused at the head is the last on its connection,
// because the client may or may not send the body all the same.
//
// Memory. The room for input grows with what has been received, never with what a Content-Length
// has declared. A connection holds one request, which its Limits bound, and the answers that wait
// to be sent. All connections together hold what SessionOptions::memory allows, and a body that
// does not fit is refused with 503. A connection that is idle holds neither buffers nor parser: see
// workspace.hpp.
//
// Closing. When a socket is closed while input is still unread, or still on its way, the kernel
// answers with a reset, and a reset may make the client's system discard what the client has not
// yet read: our last answer [RFC 9112 9.6]. So after the last answer only our direction is shut
// down, and what still arrives is read and dropped until the client closes its own direction. A
// client whose upload was refused, and which reads only after it has sent all of it, can thus still
// read why. How long that may take is decided by the owner's clock (timed_out), not by a number of
// bytes: an upload that is too long for us is longer than any number that we would choose. A client
// that has asked for the close itself, and has sent nothing after its last request, is not waited
// for.
//
// States. A connection is in one Phase; below each Phase is the Next that goes with it:
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
// A request without a body goes from head to answering at once. While its head is with the caller
// (Next::head), a connection is answering, too, and after that in body, or first writing
// "100 Continue".
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

// What to do next. RequestContext does most of it itself, and returns only read, write or close.
enum class Next {
  read,      // read into input_space(), then received() or received_end()
  write,     // write output(), then sent()
  head,      // the head of request() is complete: accept_body(), stream_body(), or answer
  body,      // a piece of a streamed body: use body_piece(), then body_taken(), or answer
  request,   // request() is complete: answer it with respond() or respond_streaming()
  shutdown,  // shut down the write side now; returned once
  close,     // the connection is over: close the socket
};

// The state of a connection, for deadlines and for the log; in the order in which a connection
// reaches them.
enum class Phase {
  idle,       // no byte of a request has come, nothing is to be sent
  head,       // a head has begun, or waits to be parsed
  body,       // the head is complete, the body is not
  answering,  // the request, or its head, is with the caller
  writing,    // bytes wait to be sent: nothing is read until they are gone
  lingering,  // our last answer is sent; what still arrives is dropped
  closed,
};

struct SessionOptions {
  Limits limits;                        // of what a request may be
  BodyMode body = BodyMode::keep;       // with discard, an upload of any size costs constant memory
  bool ask_at_head = false;             // Next::head for each request that has a body
  std::size_t read_small = 16 * 1024;   // room offered while heads are expected
  std::size_t read_large = 256 * 1024;  // ... and while a body is received
  std::size_t output = 256 * 1024;      // no request is handed out while more than this waits
  // How many bytes are dropped after the last answer before the connection is reset after all;
  // unlimited by default. A limit below Limits::body would lose answers to requests that were
  // within that limit.
  std::uint64_t linger = std::numeric_limits<std::uint64_t>::max();
  // While it is true, each answer says Connection: close, and is the last on its connection unless
  // another request has already been received after it: a server that is about to end announces
  // that to its clients this way. Null: never. Not owned.
  const bool* ending = nullptr;
  DateClock* date = nullptr;       // null: the clock of the thread. Not owned.
  MemoryBudget* memory = nullptr;  // of all connections together; null: no bound. Not owned.
};

class Session {
 public:
  explicit Session(SessionOptions options = {}, Trace* trace = nullptr);

  // May be moved between calls; views of its request stay valid.
  Session(Session&&) noexcept = default;
  Session& operator=(Session&&) noexcept = default;
  Session(const Session&) = delete;  // a connection has one history
  Session& operator=(const Session&) = delete;

  // What to do next. The result stays the same until that has been done (except for `shutdown`).
  [[nodiscard]] Next advance();

  // --- after Next::read
  // The room to read into; never empty. Throws std::bad_alloc.
  [[nodiscard]] std::span<std::byte> input_space();
  // The first `count` bytes of the last input_space() hold input; 0 < count <= its size.
  void received(std::size_t count);
  // The client sends no more. Complete requests that it has sent are still answered.
  void received_end();

  // --- after Next::head
  // Accepts the body: `mode` says whether request() is to hold it when the request is complete.
  void accept_body(BodyMode mode);
  // Accepts the body in pieces: Next::body for each of them, then Next::request, without a body.
  void stream_body();

  // --- after Next::body
  // The bytes of the body that have arrived since the last piece; never empty. Nothing is read
  // before body_taken().
  [[nodiscard]] std::span<const std::byte> body_piece() const noexcept {
    return work_->parser.kept_body(std::as_const(work_->input).data());
  }
  void body_taken();

  // --- after Next::request; after Next::head and Next::body, too, to refuse: the rest of the
  //     body is then dropped, and the connection ends
  // The request to answer. Its views are valid until respond() or end_body().
  [[nodiscard]] const Request& request() const noexcept { return work_->parser.request(); }
  // Answers the request. Throws std::invalid_argument for an interim (1xx) answer, which does not
  // complete a request; the request still has to be answered then. A 2xx to CONNECT tells the
  // client that a tunnel begins [RFC 9110 9.3.6]. No tunnel follows here: that answer has no body,
  // and is the last. A large body is not copied if the answer is moved in.
  void respond(Response response);
  // The same in pieces: `head` without its body, then any number of append_body, then end_body.
  // Without a length, the body is sent in chunks, or to a client of HTTP/1.0 up to the end of the
  // connection. In between, advance() returns `write` while there is output, and `request` when
  // more is wanted.
  void respond_streaming(const Response& head, std::optional<std::uint64_t> length = std::nullopt);
  // Throws std::length_error for more bytes than were announced. The bytes are dropped where the
  // answer has no body (HEAD, 204, 304).
  void append_body(std::span<const std::byte> bytes);
  // If there were fewer bytes than announced, the connection is closed, because nothing else can
  // show the client that the body is incomplete.
  void end_body();

  // --- after Next::write
  // The first piece of the output, to write one piece at a time; empty only if there is nothing to
  // write.
  [[nodiscard]] std::span<const std::byte> output() const noexcept {
    return work_ ? work_->output.front() : std::span<const std::byte>();
  }
  // Several pieces at once: the head and the body of an answer are sent together.
  [[nodiscard]] OutputPieces output_pieces() const noexcept {
    return work_ ? work_->output.pieces() : OutputPieces();
  }
  [[nodiscard]] std::size_t output_size() const noexcept {
    return work_ ? work_->output.size() : 0;
  }
  void sent(std::size_t count);  // the first `count` bytes of the output have been sent

  // --- from outside, between two steps; then advance(): earlier rooms and views are not valid
  // The owner's deadline for this phase() has expired: 408 for a request that has begun, and a
  // plain close for everything else.
  void timed_out();
  // The owner wants to stop: a request that has begun is answered with Connection: close; if there
  // is none, the connection is closed now.
  void finish();

  // --- queries
  [[nodiscard]] Phase phase() const noexcept;
  // Bytes in both directions so far. The count stands still exactly when the client does nothing.
  [[nodiscard]] std::uint64_t bytes_moved() const noexcept { return bytes_moved_; }
  // Answers whose last byte has been passed to the kernel.
  [[nodiscard]] std::uint64_t requests_answered() const noexcept { return answered_; }
  // The length of the body, as declared in the head: of the request that is being received or
  // answered, or of the last one. 0 without a Content-Length.
  [[nodiscard]] std::uint64_t content_length() const noexcept { return content_length_; }

 private:
  // How the answer to the current request is delivered.
  struct Answer {
    bool kept = false;                     // the connection continues after it
    bool has_body = false;                 // not for HEAD, 204 and 304
    bool chunked = false;                  // its body is sent in chunks
    std::optional<std::uint64_t> to_come;  // what is left of the announced length
  };
  // The request that is being received or answered. `current_ = {}` prepares for the next one.
  struct Current {
    std::size_t head_size = 0;     // 0: the head is not complete yet
    std::uint64_t compacted = 0;   // bytes of the request that are no longer in input_
    bool streams = false;          // its body is handed out in pieces
    bool whole = false;            // ... and its last piece has been handed out
    std::optional<Answer> answer;  // that is being streamed
  };

  void look_at_input();
  void head_has_come();
  void request_is_whole();
  // Asks the client to send the body, if it waits for that.
  void let_body_come();
  // A byte of a request has been received, and the request is not complete yet.
  [[nodiscard]] bool has_begun() const noexcept { return work_ && work_->parser.started(); }
  // Everything that was received has been parsed, and nothing will follow.
  void end_of_input();
  // Answers with the error. That answer is the last.
  void refuse(const ParseError& error);

  // Whether the connection continues after this answer to the current request.
  [[nodiscard]] bool keeps_open(const Response& response) const;
  // Writes the head of the answer to the current request.
  [[nodiscard]] Answer begin_answer(const Response& head, std::optional<std::uint64_t> length);
  [[nodiscard]] Answer& streamed_answer();
  void answer_done(bool kept);
  void no_more_requests();
  void count_sent();

  [[nodiscard]] std::size_t room_to_offer() const noexcept;
  [[nodiscard]] bool has_room() const noexcept;
  // Reports the size of the buffers to the budget.
  void account() noexcept { memory_.set(work_ ? work_->capacity() : 0); }
  void take_workspace();
  void give_back_workspace() noexcept;
  [[nodiscard]] std::size_t most_input() const noexcept;
  [[nodiscard]] std::string_view date() const;

  // These last as long as the connection.
  SessionOptions options_;
  Trace* trace_;  // not owned; may be null
  MemoryShare memory_;
  std::unique_ptr<Workspace> work_;  // null while it would be empty and nothing is being read
  // What advance() returns, except for output, which comes first while a request is read and while
  // an answer is streamed. shutdown from the last answer on; read again while the connection
  // lingers.
  Next next_ = Next::read;
  bool lingering_ = false;
  bool finishing_ = false;         // accept no request after those received
  bool ended_ = false;             // the client sends no more
  bool unseen_ = false;            // input_ holds bytes that the parser has not got yet
  bool filled_ = false;            // the last read filled its room: more is probably waiting
  std::size_t offered_ = 0;        // the room of the last input_space()
  std::uint64_t linger_left_ = 0;  // bytes to drop before the connection is closed anyway
  std::uint64_t content_length_ = 0;
  std::uint64_t bytes_moved_ = 0;
  std::uint64_t unsent_ = 0;  // answers that are begun and not completely sent
  std::uint64_t answered_ = 0;

  Current current_;
};

}  // namespace http
