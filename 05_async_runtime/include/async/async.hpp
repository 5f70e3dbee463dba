// The whole runtime, for programs. In the order in which it is best read:
//
//   task.hpp          a coroutine that returns a value
//   context.hpp       what all coroutines of one spawned task share
//   link.hpp, waiter.hpp, ready_list.hpp, operation.hpp
//                     how a coroutine waits, and how it goes on
//   runtime.hpp       the turn
//   spawn.hpp         tasks side by side
//   this_task.hpp     yield, and being asked to stop
//   sleep.hpp         waiting for a time
//   io_source.hpp, io_operation.hpp, io_object.hpp
//                     waiting for a descriptor
//   stream.hpp, tcp_stream.hpp, tcp_listener.hpp
//                     sockets
#pragma once

#include "async/error.hpp"
#include "async/runtime.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "async/task.hpp"
#include "async/tcp_listener.hpp"
#include "async/tcp_stream.hpp"
#include "async/this_task.hpp"
