// Accepts clients, and copes with times when it cannot.
//
// accept4 fails when no descriptor is left (EMFILE: this process has reached its limit, ENFILE: the
// system has) and leaves the client in the queue, so the listener stays readable. A server that
// then continues as usual spins: 132,422 times a second in the original that this workbook starts
// from. Here one descriptor is held in reserve. It is closed for a moment so that the client can be
// accepted and closed: the client sees the end at once, instead of waiting for its own timeout. If
// that fails, too, the listener is not watched for a tenth of a second.
//
//          readable             pause()            resume()
//   watch ----------> accept   watch ----> silent ----------> watch      a cap on connections
//     ^                 | EMFILE: give the reserve up, accept, close, take a reserve again
//     |   100 ms        | no reserve, ENOBUFS, ENOMEM
//     +-------- silent <+
//
// Finding out that the queue is empty takes one more accept4, which costs about as much as one that
// returns a client. So while clients come one by one, that call is made only after every few
// events; since the trigger is level, clients that were left in the queue are reported again.
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
  // destroy the acceptor. `loop` is not owned and must outlive the acceptor.
  [[nodiscard]] static sys::Result<std::unique_ptr<Acceptor>> create(EventLoop& loop,
                                                                     epoll::TcpListener listener,
                                                                     OnClient on_client,
                                                                     OnTrouble on_trouble);
  ~Acceptor() override;  // closes the listener: clients that still wait in its queue are reset

  // pause() leaves new clients in the kernel's queue; resume() accepts them again.
  void pause();
  void resume();
  // Accepts the clients that wait in the queue, which closing the listener would reset: until the
  // queue is empty, the owner pauses, or as many clients have been accepted as a queue holds.
  void accept_queued();
  [[nodiscard]] bool is_paused() const noexcept { return paused_; }

  [[nodiscard]] sys::Result<epoll::SocketAddress> local_address() const {
    return listener_.local_address();
  }
  // How many clients were closed at once because no descriptor was left.
  [[nodiscard]] std::size_t turned_away() const noexcept { return turned_away_; }

 private:
  // The most clients that one turn accepts, one with each call, so that clients accepted earlier
  // are served, too.
  static constexpr int kClientsPerTurn = 64;
  // The most turns in a row that accept a single client without checking for another.
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
  epoll::UniqueFd reserve_;  // a descriptor that is held only to be closed when none is left
  CallbackTimer retry_;      // set while accepting is suspended for lack of resources
  bool paused_ = false;      // by pause(): the owner wants no more clients
  bool stopped_ = false;     // by the outcome of this turn: stop accepting now
  int alone_ = 0;            // how many of the next events are expected to bring one client each
  int patience_ = 1;         // the value that alone_ was last set to
  std::size_t turned_away_ = 0;
  // Set to false by the destructor. on_event holds a copy, and so notices that a callback has
  // destroyed this object.
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace event_loop
