// The whole runtime, for programs. Each folder depends only on the folders before it. The files are
// listed in the order in which they are best read:
//
//   core/   tasks, which can wait only for time and for one another
//     task.hpp           a coroutine that returns a value
//     promise_base.hpp   the frame of a coroutine, and which coroutine waits for it
//     context.hpp        what all coroutines of one spawned task share
//     budget.hpp, stop_state.hpp
//                        parts of it: when its turn is over, and whether it is to stop
//     intrusive_list.hpp, waiter.hpp, waiter_slot.hpp, ready_list.hpp, operation.hpp
//                        how a coroutine waits, and how it is resumed
//     scheduler.hpp      the turn
//     spawn.hpp          concurrent tasks
//     this_task.hpp      yielding, and checking for a request to stop
//     sleep.hpp          waiting for a point in time
//     remote_waker.hpp   waking a task from another thread
//     diagnostics.hpp    what is reported about a task when something is wrong with it
//     awaitable.hpp, error.hpp
//                        what can be awaited, and the runtime's own errors
//   io/     descriptors
//     runtime.hpp        a scheduler that waits with an event loop
//     io_source.hpp, io_operation.hpp, io_object.hpp
//                        waiting for a descriptor
//     lease.hpp          bytes that were read, in a buffer that is lent
//     stream.hpp, listener.hpp, tcp_stream.hpp, tcp_listener.hpp, unix_stream.hpp, datagram.hpp
//                        sockets
//   sync/   tasks that wait for one another, and for threads and processes
//     task_group.hpp, when.hpp, timeout.hpp, deadline.hpp
//                        several tasks, and time limits
//     shielded.hpp       what has to be done in spite of a request to stop
//     sync.hpp           Event, Semaphore, Mutex
//     channel.hpp, blocking.hpp
//                        between threads
//     connect.hpp        connecting to a name, or to any of several addresses
//     serve_each.hpp     accepting clients, with a task for each
//     process.hpp        signals, pipes, child processes
//
// These build on it, and are not included here:
//
//   core/interrupt.hpp   ending one wait early
//   http/                an HTTP server, and files as responses
#pragma once

#include "async/core/error.hpp"
#include "async/core/sleep.hpp"
#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/core/this_task.hpp"
#include "async/io/datagram.hpp"
#include "async/io/runtime.hpp"
#include "async/io/tcp_listener.hpp"
#include "async/io/tcp_stream.hpp"
#include "async/io/unix_stream.hpp"
#include "async/sync/blocking.hpp"
#include "async/sync/channel.hpp"
#include "async/sync/connect.hpp"
#include "async/sync/deadline.hpp"
#include "async/sync/process.hpp"
#include "async/sync/serve_each.hpp"
#include "async/sync/shielded.hpp"
#include "async/sync/sync.hpp"
#include "async/sync/task_group.hpp"
#include "async/sync/timeout.hpp"
#include "async/sync/when.hpp"
