// Lets clients in, and lives through the times when it cannot.
//
// accept4 fails for want of a descriptor (EMFILE: this process has all it may, ENFILE: the system
// has) and leaves the client in the queue, so the listener stays readable. A server that goes on
// then spins: 132,422 times a second, in the original that this workbook starts from. Here a
// descriptor is held in reserve. It is given up for a moment to take that client off the queue and
// close it, which tells the client at once, where silence would let it wait for its own time-out.
// Failing that, the listener is not watched for a tenth of a second.
//
//          readable             pause()            resume()
//   watch ----------> accept   watch ----> silent ----------> watch      a cap on connections
//     ^                 | EMFILE: give the reserve up, accept, close, take a reserve again
//     |   100 ms        | no reserve, ENOBUFS, ENOMEM
//     +-------- silent <+
//
// One more accept4 tells that the queue is empty, and costs about as much as one that brings a client. So
// while clients come one by one, only every few events end with that question; the level trigger tells
// of those that were left in the queue.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "epoll/tcp_listener.hpp"
#include "epoll/unique_fd.hpp"
#include "event_loop/event_loop.hpp"

namespace event_loop {

class Acceptor : private Source {
 public:
  using OnClient = std::move_only_function<void(epoll::TcpListener::Accepted)>;
  using OnTrouble = std::move_only_function<void(std::error_code)>;  // for the log

  // Starts to accept: `on_client` gets each client, in the loop's thread, and may call pause() or
  // destroy the acceptor. `loop` is not owned and must outlive it.
  [[nodiscard]] static sys::Result<std::unique_ptr<Acceptor>> create(EventLoop& loop,
                                                                     epoll::TcpListener listener,
                                                                     OnClient on_client,
                                                                     OnTrouble on_trouble);
  ~Acceptor() override;  // closes the listener: clients that still wait in its queue are reset

  // Leaves new clients in the kernel's queue, and takes them from it again.
  void pause();
  void resume();
  // Accepts now what waits in the queue, before a close of the listener would reset it: until the
  // queue is empty, the owner pauses, or as many have come as a queue holds.
  void accept_queued();
  [[nodiscard]] bool is_paused() const noexcept { return paused_; }

  [[nodiscard]] sys::Result<epoll::SocketAddress> local_address() const {
    return listener_.local_address();
  }
  // Clients that were closed at once for want of a descriptor.
  [[nodiscard]] std::size_t turned_away() const noexcept { return turned_away_; }

 private:
  // A client a call; no more than this many in one turn, so that those that are in are served, too.
  static constexpr int kClientsPerTurn = 64;
  // ... and no more than this many turns let in a single one without asking for another.
  static constexpr int kMostAlone = 8;

  Acceptor(EventLoop& loop, epoll::TcpListener listener, OnClient on_client, OnTrouble on_trouble);
  void on_event(const epoll::Event& event) override;
  void accept_clients(int most);
  void learn(int taken) noexcept;
  void watch();
  void handle_error(std::error_code error);
  sys::Result<> turn_one_away();
  void take_reserve();

  EventLoop& loop_;
  epoll::TcpListener listener_;
  OnClient on_client_;
  OnTrouble on_trouble_;
  epoll::Token token_;
  epoll::UniqueFd reserve_;  // a descriptor that is good for nothing but to be given up
  CallbackTimer retry_;      // set while there is no room at all
  bool paused_ = false;      // by pause(): the owner wants no more
  bool stopped_ = false;     // by this turn's outcome: stop accepting now
  int alone_ = 0;            // how many of the next events are expected to bring one client each
  int patience_ = 1;         // ... when it was last set
  std::size_t turned_away_ = 0;
  // Outlives us where on_event holds it, and tells it there that a callback has destroyed us.
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace event_loop
