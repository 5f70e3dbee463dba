// The other side of the tests: a client on loopback that never blocks.
//
// Its calls do not go through sys::call, so what an observer counts, or makes to fail, is the
// server's alone, although both run in one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "epoll/socket_address.hpp"
#include "http/response_parser.hpp"

namespace event_loop::testing {

// One answer, as it came.
struct Answer {
  int status = 0;
  std::string fields;  // "Name: value\n" for each field line
  std::string body;
  bool keep_alive = false;

  [[nodiscard]] bool has(std::string_view field_line) const {
    return fields.contains(std::string(field_line) + '\n');
  }
};

class Client {
 public:
  Client();  // a socket, not connected
  explicit Client(const epoll::SocketAddress& server) : Client() { connect(server); }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Makes the kernel keep little on our side, before connect: a server that writes to a client that
  // does not read then has to wait soon.
  void set_small_receive_buffer();
  // Returns once the kernel has put us into the server's queue; accepted or not.
  void connect(const epoll::SocketAddress& server);

  // Sends now what the kernel takes, and the rest from `pump`.
  Client& send(std::string_view bytes);
  // After what is still to be sent: no more comes from us.
  Client& finish_sending();
  // The next request that is sent has this method: of HEAD and CONNECT, a reader has to know.
  void expect_answer_to(std::string_view method);
  // A whole request.
  Client& ask(std::string_view method, std::string_view target, std::string_view body = {});

  // Sends and reads what can be sent and read. True if anything moved.
  bool pump();
  // Whether `pump` reads. While it does not, the kernel's buffers fill up.
  bool reads = true;
  // So many bytes a `pump` at most; 0 for as many as there are.
  std::size_t read_limit = 0;

  void reset();  // breaks the connection off: the server reads ECONNRESET
  void close();

  [[nodiscard]] const std::string& received() const { return received_; }  // every byte so far
  [[nodiscard]] const std::vector<Answer>& answers() const { return answers_; }
  [[nodiscard]] bool ended() const {
    return ended_;
  }  // the server sends no more, or has broken off
  [[nodiscard]] int error() const { return error_; }  // errno of a broken connection; 0 if well
  [[nodiscard]] std::size_t unsent() const { return to_send_.size() - sent_; }
  // What came is no HTTP, or was cut off in the middle.
  [[nodiscard]] bool is_garbled() const { return garbled_; }

 private:
  bool send_some();
  bool read_some();
  void parse();
  void take_answer();

  int fd_ = -1;
  bool connected_ = false;
  std::string to_send_;
  std::size_t sent_ = 0;
  bool finishing_ = false;
  std::string received_;
  bool ended_ = false;
  int error_ = 0;

  std::deque<std::string> methods_;  // of the requests to be answered, where they were told
  std::vector<std::byte> unparsed_;
  http::ResponseParser parser_{"GET"};
  bool garbled_ = false;
  std::vector<Answer> answers_;
};

}  // namespace event_loop::testing
