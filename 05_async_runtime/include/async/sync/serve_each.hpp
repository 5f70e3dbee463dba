// The accept loop of a server: a task for each client.
//
//   async::Task<> echo(async::TcpStream stream);
//   ...
//   co_await async::serve_each(listener, echo);
//
// It goes on whatever happens to a single client: one that left before its turn, one for which there
// is no descriptor, and one for which there is no memory (its handler throws std::bad_alloc, or the
// task cannot be made): each of these is the end of that client, and of no other.
#pragma once

#include <cstring>
#include <new>
#include <source_location>
#include <string_view>
#include <system_error>
#include <utility>

#include "async/core/sleep.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/io/listener.hpp"
#include "async/sync/task_group.hpp"

namespace async {

// Calls `admit`, which accepts one client and returns a Task<Result<>>, again and again, and returns
// the error that ends this: of a listener that is closed or broken, or of a task that was asked to
// stop. A client that left before its turn is passed over. Where there is no descriptor or no memory
// for one, `told` hears why, and the listener is left alone for kAcceptPause.
template <class Admit, class Told>
Task<std::error_code> accept_each(Admit& admit, Told& told) {
  // #region serve_each.accept_each
  bool pauses = false;
  while (true) {
    try {
      if (std::exchange(pauses, false)) {
        (void)co_await yield();  // needs no memory, whatever else does: others have a turn
        const auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) co_return slept.error();
      }
      const sys::Result<> admitted = co_await admit();
      const std::error_code error = sys::error_of(admitted);
      if (!error || is_transient_accept_error(error)) continue;
      if (!is_resource_exhausted(error)) co_return error;
      told(std::strerror(error.value()));
    } catch (const std::bad_alloc&) {
      told("no memory");  // some may come back meanwhile
    }
    pauses = true;
  }
  // #endregion serve_each.accept_each
}

// The tasks of clients: one that ends for want of memory is no failure of the group.
class ClientGroup final : public TaskGroup {
 public:
  ClientGroup() noexcept : TaskGroup(CancelRest::never) {}

 private:
  void on_completion(TaskContext& task) override {
    try {
      if (task.exception() != nullptr) std::rethrow_exception(task.exception());
    } catch (const std::bad_alloc&) {
      return forget(task);
    } catch (...) {
    }
    TaskGroup::on_completion(task);
  }
};

// Accepts until `listener` is closed or this task is asked to stop, and calls `handler` with each
// client; it returns the task that serves it, as Task<>. In dump_tasks these tasks are spawned at
// `where`. Then asks those that are left to stop, and waits for them. If one of them threw something
// else than bad_alloc, so does this, at the end.
template <class ListeningSocket, class Client, class Handler>
Task<> serve_each(Listener<ListeningSocket, Client>& listener, Handler handler,
                  std::source_location where = std::source_location::current()) {
  ClientGroup clients;
  const auto admit = [&]() -> Task<sys::Result<>> {
    auto client = co_await listener.accept();
    if (client) clients.spawn(handler(std::move(*client)), where);
    co_return sys::without_value(client);
  };
  const auto told = [](std::string_view) {};
  (void)co_await accept_each(admit, told);
  clients.cancel();
  (void)co_await clients.join();
}

}  // namespace async
