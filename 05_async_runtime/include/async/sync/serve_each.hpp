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

#include <new>
#include <source_location>
#include <utility>

#include "async/core/sleep.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/io/listener.hpp"
#include "async/sync/task_group.hpp"

namespace async {

template <class Handler, class Client>
Task<> serve_one(Handler& handler, Client client) {
  try {
    co_await handler(std::move(client));
  } catch (const std::bad_alloc&) {
  }
}

// Accepts until `listener` is closed or this task is asked to stop, and calls `handler` with each
// client; it returns the task that serves it, as Task<>. In dump_tasks these tasks are spawned at
// `where`. Then asks those that are left to stop, and waits for them. If one of them threw something
// else than bad_alloc, so does this, at the end.
template <class ListeningSocket, class Client, class Handler>
Task<> serve_each(Listener<ListeningSocket, Client>& listener, Handler handler,
                  std::source_location where = std::source_location::current()) {
  TaskGroup clients(CancelRest::never);
  auto incoming = listener.incoming();
  bool serving = true;
  bool pauses = false;
  while (serving) {
    try {
      if (std::exchange(pauses, false)) {
        (void)co_await yield();  // needs no memory, whatever else does: others have a turn
        const auto slept = co_await sleep_for(kAcceptPause);
        if (!slept) break;
      }
      auto client = co_await incoming.next();
      serving = client.has_value();
      if (client) clients.spawn(serve_one(handler, std::move(*client)), where);
    } catch (const std::bad_alloc&) {
      pauses = true;  // some may come back meanwhile
    }
  }
  clients.cancel();
  (void)co_await clients.join();
}

}  // namespace async
