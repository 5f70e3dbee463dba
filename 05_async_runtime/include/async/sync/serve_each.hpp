// The accept loop of a server: a task for each client.
//
//   async::Task<> echo(async::TcpStream stream);
//   ...
//   co_await async::serve_each(listener, echo);
//
// The loop survives whatever happens to a single client: the client disconnects before it is
// accepted, or there is no descriptor for it, or there is no memory for it (its handler throws
// std::bad_alloc, or the task cannot be created). Each of these ends that client, and no other.
#pragma once

#include <cstring>
#include <exception>
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

// Calls `admit`, which accepts one client and returns a Task<Result<>>, in a loop, and returns the
// error that ends the loop: the listener is closed or broken, or the task was asked to stop. A
// client that disconnected before it was accepted is skipped. If there is no descriptor or no
// memory for a client, `told` is called with the reason, and nothing is accepted for kAcceptPause.
template <class Admit, class Told>
Task<std::error_code> accept_each(Admit& admit, Told& told) {
  // #region serve_each.accept_each
  bool pauses = false;
  while (true) {
    try {
      if (std::exchange(pauses, false)) {
        (void)co_await yield();  // allocates nothing, whatever else does: other tasks have a turn
        const auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) co_return slept.error();
      }
      const sys::Result<> admitted = co_await admit();
      const std::error_code error = sys::error_of(admitted);
      if (!error || is_transient_accept_error(error)) continue;
      if (!is_resource_exhausted(error)) co_return error;
      told(std::strerror(error.value()));
    } catch (const std::bad_alloc&) {
      told("no memory");  // some may be freed meanwhile
    }
    pauses = true;
  }
  // #endregion serve_each.accept_each
}

// The tasks of clients: a task that ends for lack of memory is not a failure of the group.
class ClientGroup final : public TaskGroup {
 public:
  ClientGroup() noexcept : TaskGroup(CancelRest::never) {}

 private:
  void on_completion(TaskContext& task) override {
    if (is_lack_of_memory(task.exception())) return forget(task);
    TaskGroup::on_completion(task);
  }
  static bool is_lack_of_memory(const std::exception_ptr& exception) {
    if (exception == nullptr) return false;
    try {
      std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
      return true;
    } catch (...) {
      return false;
    }
  }
};

// Accepts until `listener` is closed or this task is asked to stop, and calls `handler` with each
// client; the handler returns the task that serves the client, as Task<>. dump_tasks reports
// `where` as the place at which these tasks were spawned. At the end the remaining tasks are asked
// to stop, and joined. If one of the tasks threw anything other than bad_alloc, serve_each then
// throws it.
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
