// A server that prints what its clients send: this whole stage in one program.
//
//   listener --accept--> Slab of clients --read, in turn--> waiting_ --write--> output
//      |                    ^                                  |
//      edge-triggered       token of each event                full: clients are left unread
//
// An edge-triggered event reports each arrival once. Work that is not done at that time has to be
// remembered here, or it is never done: that clients wait to be accepted, that a client has more
// data to read, that the output has room. All of this is kept in members. Events only set them, and
// a turn of the loop acts on them, a little for each client:
//
//   an event is for       it sets                 which is unset when
//   the listener          clients_at_door_        accept would block
//   a client              its place in ready_     read would block
//   the output            output_has_room_        write would block
//
// Nothing that a client does can end the server, keep it from serving the others, or make it use
// unbounded memory: not leaving, resetting or flooding, nor connecting in large numbers. Only what
// makes the server pointless ends it: an output that is gone, or a listener that is broken.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "epoll/pipe.hpp"
#include "epoll/poll.hpp"
#include "epoll/slab.hpp"
#include "epoll/tcp_listener.hpp"
#include "syscall/result.hpp"

namespace examples {

struct PrintOptions {
  // How much may wait to be printed. Beyond that, clients are not read, and TCP slows them down.
  std::size_t max_waiting = 64 * 1024;
  // How much is read from one client in one turn, however much it sends.
  std::size_t budget = 16 * 1024;
};

class PrintServer {
 public:
  // How many clients are accepted in one turn, however many are waiting: the others have to wait
  // until the connected clients have had their turn.
  static constexpr int kClientsPerTurn = 64;

  // Prints to `output`, which must not block (see open_output). Ends when `stop_fd` becomes
  // readable: the descriptor of a Waker or of Signals, not owned.
  [[nodiscard]] static sys::Result<PrintServer> create(epoll::TcpListener listener,
                                                       epoll::PipeWriter output, int stop_fd,
                                                       PrintOptions options = {});

  // Serves until it is told to stop; then what is still waiting to be printed has one second to be
  // written. An error if the output or the listener fails.
  [[nodiscard]] sys::Result<> run();

  // One turn: waits for events, for `timeout` at most, and not at all while there is work left from
  // the last turn; then accepts clients, reads and prints.
  [[nodiscard]] sys::Result<> run_once(std::optional<std::chrono::nanoseconds> timeout);

  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
  [[nodiscard]] std::size_t clients() const noexcept { return clients_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }  // bytes

 private:
  struct Client {
    epoll::TcpStream stream;
    bool is_ready = false;  // it is in ready_: not everything that it has sent was read
  };
  // The state of a client after a read.
  enum class Outcome {
    drained,  // nothing more now: the next event will report more
    ready,    // there may be more, and no event will report it
    over,     // it has sent everything, or the connection is broken
  };

  PrintServer(epoll::Poll poll, epoll::TcpListener listener, epoll::PipeWriter output,
              PrintOptions options);
  sys::Result<> watch(int stop_fd);
  void note(const epoll::Event& event);
  bool has_work() const noexcept;
  bool has_room() const noexcept { return waiting_.size() < options_.max_waiting; }

  sys::Result<> accept_clients();
  void welcome(epoll::TcpListener::Accepted accepted);
  void read_clients();
  Outcome read_client(epoll::TcpStream& stream);
  void close(epoll::Token token);
  void print(std::span<const std::byte> bytes);
  void say(const std::string& line);
  sys::Result<> flush();
  sys::Result<> finish();

  epoll::Poll poll_;
  epoll::TcpListener listener_;
  epoll::PipeWriter output_;
  PrintOptions options_;
  epoll::Slab<Client> clients_;
  std::deque<epoll::Token> ready_;  // clients with something to read, each once, in order
  std::string waiting_;             // to be printed
  std::vector<std::byte> buffer_;   // for one read
  epoll::Events events_;
  bool clients_at_door_ = false;
  bool no_room_ = false;  // there was no descriptor for the last client
  bool output_has_room_ = true;
  bool at_line_start_ = true;  // in what is printed
  bool stopping_ = false;
};

// A non-blocking descriptor for the file that `fd`, such as standard output, writes to. Whether a
// write blocks is a property of the open file description, which is shared by all its descriptors,
// including those of other processes [open(2)]: a shell whose terminal has become non-blocking
// behaves oddly. So a pipe or a terminal is opened a second time, and only where that is not
// possible (a socket) is the property changed for all of them. A write to a regular file never
// waits, so a regular file is left as it is.
[[nodiscard]] sys::Result<epoll::PipeWriter> open_output(int fd);

}  // namespace examples
