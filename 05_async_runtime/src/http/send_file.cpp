#include "async/http/send_file.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "async/sync/blocking.hpp"
#include "http/folder.hpp"
#include "syscall/result.hpp"

namespace async {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

// `size` bytes, or fewer at the end of the file.
sys::Result<std::vector<std::byte>> read_piece(int fd, std::uint64_t offset, std::size_t size) {
  std::vector<std::byte> piece(size);
  const auto count = http::read_at(fd, piece, offset);
  SYS_TRY(count);
  piece.resize(*count);
  return piece;
}

}  // namespace

Task<> send_file(Exchange& exchange, epoll::UniqueFd file, const http::Response& head,
                 http::ByteRange part) {
  // The job owns what it uses: it keeps running in its thread even if the task is cancelled.
  const auto shared = std::make_shared<const epoll::UniqueFd>(std::move(file));
  // #region send_file.send_file
  std::uint64_t at = part.first;
  std::uint64_t left = exchange.wants_body() ? part.size : 0;
  bool has_begun = false;
  while (left != 0) {
    // No more than was announced: the file may have grown.
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
    auto read_it = [shared, at, size] { return read_piece(shared->get(), at, size); };
    auto piece = co_await spawn_blocking(std::move(read_it));
    // The read has failed, or the file has become shorter. If nothing has been sent yet, report it.
    if (!piece || piece->size() != size) {
      if (!has_begun) exchange.respond(http::Response::text(500, "The server has failed.\n"));
      co_return;
    }
    if (!std::exchange(has_begun, true)) exchange.begin(head, part.size);
    auto written = co_await exchange.write(*piece);
    if (!written) co_return;
    at += size;
    left -= size;
  }
  if (!has_begun) exchange.begin(head, part.size);
  exchange.end();
  // #endregion send_file.send_file
}

}  // namespace async
