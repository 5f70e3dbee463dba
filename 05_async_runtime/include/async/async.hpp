// The whole runtime, for programs. In the order in which it is best read:
//
//   task.hpp          a coroutine that returns a value
//   context.hpp       what all coroutines of one spawned task share
//   link.hpp, waiter.hpp, ready_list.hpp, operation.hpp
//                     how a coroutine waits, and how it goes on
//   runtime.hpp       the turn
//   spawn.hpp         tasks side by side
//   this_task.hpp     yield, and being asked to stop
//   task_group.hpp, when.hpp, timeout.hpp
//                     waiting for several, and not for ever
//   awaitable.hpp     what these take
//   shielded.hpp, close_gently.hpp
//                     what has to be done in spite of a request to stop
//   sleep.hpp         waiting for a time
//   io_source.hpp, io_operation.hpp, io_object.hpp
//                     waiting for a descriptor
//   stream.hpp, listener.hpp, tcp_stream.hpp, tcp_listener.hpp, unix_stream.hpp, datagram.hpp
//                     sockets
//   process.hpp       signals, pipes, child processes
//   sync.hpp          Event, Semaphore, Mutex
//   remote_waker.hpp, channel.hpp, oneshot.hpp, blocking.hpp
//                     between threads
//
// What stands on it, and is not included here:
//
//   interrupt.hpp     ending one wait early
//   http_service.hpp, site.hpp
//                     HTTP, and what http_server serves
//   folder.hpp, url_path.hpp, content_type.hpp, byte_range.hpp, validators.hpp, allowed_hosts.hpp
//                     files for browsers
//   server_program.hpp, trace.hpp
//                     what the server programs share
#pragma once

#include "async/core/error.hpp"
#include "async/io/runtime.hpp"
#include "async/core/sleep.hpp"
#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/io/datagram.hpp"
#include "async/io/tcp_listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "async/io/unix_stream.hpp"
#include "async/sync/blocking.hpp"
#include "async/sync/channel.hpp"
#include "async/sync/close_gently.hpp"
#include "async/sync/oneshot.hpp"
#include "async/sync/process.hpp"
#include "async/sync/serve_each.hpp"
#include "async/sync/shielded.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"
#include "async/sync/when.hpp"
