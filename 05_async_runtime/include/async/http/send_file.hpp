// A file as the answer of a handler, in constant memory.
//
//   http::Response head(200);
//   co_await async::send_file(exchange, std::move(fd), head, {.size = size});
//
// epoll does not support regular files: the file is read by threads of the pool (blocking.hpp), a
// piece at a time. As many bytes are sent as the head announces, also when the file grows
// meanwhile, as a log does. If the file shrinks, the connection is aborted, or the answer is 500 if
// nothing has been sent by then.
#pragma once

#include "async/core/task.hpp"
#include "async/http/http_service.hpp"
#include "epoll/unique_fd.hpp"
#include "http/byte_range.hpp"

namespace async {

// Answers with `head`, to which the length is added, and with the bytes of `part`, or none of them
// for HEAD. The status and the other fields are the caller's. `exchange` and `head` have to outlive
// the task.
[[nodiscard]] Task<> send_file(Exchange& exchange, epoll::UniqueFd file, const http::Response& head,
                               http::ByteRange part);

}  // namespace async
