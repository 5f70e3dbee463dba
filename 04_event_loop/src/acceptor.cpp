#include "event_loop/acceptor.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "epoll/accept_error.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace event_loop {

Acceptor::Acceptor(EventLoop& loop, epoll::TcpListener listener, OnClient on_client,
                   OnTrouble on_trouble)
    : loop_(loop),
      listener_(std::move(listener)),
      on_client_(std::move(on_client)),
      on_trouble_(std::move(on_trouble)),
      retry_([this] { watch(); }) {
  take_reserve();
}

Acceptor::~Acceptor() {
  *is_alive_ = false;
  loop_.remove(token_);
}

sys::Result<std::unique_ptr<Acceptor>> Acceptor::create(EventLoop& loop,
                                                        epoll::TcpListener listener,
                                                        OnClient on_client, OnTrouble on_trouble) {
  std::unique_ptr<Acceptor> acceptor(
      new Acceptor(loop, std::move(listener), std::move(on_client), std::move(on_trouble)));
  auto token =
      loop.add(acceptor->listener_.fd(), epoll::Interest::read(), epoll::Trigger::level, *acceptor);
  SYS_TRY(token);
  acceptor->token_ = *token;
  return acceptor;
}

void Acceptor::pause() {
  paused_ = true;
  watch();
}

void Acceptor::resume() {
  paused_ = false;
  if (!retry_.is_set()) watch();
}

void Acceptor::watch() {
  const auto modified = loop_.modify(
      token_, paused_ ? epoll::Interest::none() : epoll::Interest::read(), epoll::Trigger::level);
  // No other call need come, and a door that stays shut would turn all clients away.
  if (!modified) loop_.timers().set(retry_, loop_.now() + epoll::kAcceptPause);
}

void Acceptor::on_event(const epoll::Event&) {
  // A reserve that was lost is taken again when the queue is empty.
  accept_clients(alone_ != 0 && reserve_ ? 1 : kClientsPerTurn);
}

// Expects the next few events to bring one client each if this one did, twice as many as the last time.
void Acceptor::learn(int taken) noexcept {
  if (alone_ != 0) {
    --alone_;
    return;
  }
  patience_ = taken == 1 ? std::min(2 * patience_, kMostAlone) : 1;
  if (taken == 1) alone_ = patience_;
}

void Acceptor::accept_clients(int most) {
  // #region 4.8 accept_clients
  const std::shared_ptr<const bool> is_alive = is_alive_;
  stopped_ = false;
  int taken = 0;
  for (int i = 0; i < most && !paused_ && !stopped_; ++i) {
    auto client = listener_.accept();
    if (client) {
      ++taken;
      on_client_(std::move(*client));
      if (!*is_alive) return;
    } else {
      handle_error(client.error());
    }
  }
  learn(taken);
  // #endregion 4.8
}

void Acceptor::accept_queued() {
  const std::shared_ptr<const bool> is_alive = is_alive_;
  for (int i = 0; i < SOMAXCONN && !paused_; ++i) {
    auto client = listener_.accept();
    if (client) {
      on_client_(std::move(*client));
      if (!*is_alive) return;
    } else if (!epoll::is_transient_accept_error(client.error())) {
      return;
    }
  }
}

void Acceptor::handle_error(std::error_code error) {
  // #region 4.9 handle_error
  if (sys::would_block(error)) {
    stopped_ = true;  // all are accepted. Only now, get a lost reserve back:
    if (!reserve_) take_reserve();
    return;
  }
  if (epoll::is_transient_accept_error(error)) return;
  stopped_ = true;
  if (epoll::is_out_of_descriptors(error)) {
    // Linux looks for a free descriptor first, so accept returns EMFILE for an empty queue, too.
    const auto turned_away = turn_one_away();
    if (!turned_away && sys::would_block(turned_away.error())) return;
    on_trouble_(error);
    if (turned_away) {
      stopped_ = false;  // there may be more of them
      return;
    }
  } else {
    on_trouble_(error);
  }
  // No descriptor is free, and none can be freed here: try again after a while.
  (void)loop_.modify(token_, epoll::Interest::none(), epoll::Trigger::level);
  loop_.timers().set(retry_, loop_.now() + epoll::kAcceptPause);
  // #endregion 4.9
}

sys::Result<> Acceptor::turn_one_away() {
  reserve_.reset();
  const auto client = sys::without_value(listener_.accept());  // and closed again, at once
  take_reserve();
  if (client) ++turned_away_;
  return client;
}

void Acceptor::take_reserve() {
  auto fd = sys::call_uninterrupted<::open>("/dev/null", O_RDONLY | O_CLOEXEC);
  reserve_ = fd ? epoll::UniqueFd(*fd) : epoll::UniqueFd();
}

}  // namespace event_loop
