// A file as the answer of a handler, in constant memory.
//
//   http::Response head(200);
//   co_await async::send_file(exchange, std::move(fd), head, {.size = size});
//
// epoll knows nothing of disks: the file is read by threads of the pool (blocking.hpp), a piece at a
// time. It is sent as it was when it was opened: as many bytes as the head announces, also when the
// file grows meanwhile, a log for instance. One that shrinks breaks the connection off, or is 500 if
// nothing has been sent by then.
#pragma once

#include "async/core/task.hpp"
#include "async/http/http_service.hpp"
#include "epoll/unique_fd.hpp"
#include "http/byte_range.hpp"

namespace async {

// Answers with `head`, which gets the length, and with the bytes of `part`, none of them for HEAD. The
// status and the other fields are the caller's. `exchange` and `head` have to outlive the task.
[[nodiscard]] Task<> send_file(Exchange& exchange, epoll::UniqueFd file, const http::Response& head,
                               http::ByteRange part);

}  // namespace async
