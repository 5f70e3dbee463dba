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
//   ticket.hpp, channel.hpp, oneshot.hpp, blocking.hpp
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

#include "async/blocking.hpp"
#include "async/channel.hpp"
#include "async/close_gently.hpp"
#include "async/datagram.hpp"
#include "async/error.hpp"
#include "async/oneshot.hpp"
#include "async/process.hpp"
#include "async/runtime.hpp"
#include "async/serve_each.hpp"
#include "async/shielded.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "async/sync.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "async/tcp_listener.hpp"
#include "async/tcp_stream.hpp"
#include "async/this_task.hpp"
#include "async/timeout.hpp"
#include "async/unix_stream.hpp"
#include "async/when.hpp"
