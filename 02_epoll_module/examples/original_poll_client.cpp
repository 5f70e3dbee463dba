// The polling client of the originals in C++, line by line, and as faulty as it was.
//
//   build/release/bin/original_poll_client 8000 | head -20     asks 127.0.0.1:8000 twice at once
//
// It is here to be broken: the fault gallery runs it against a slow server, and then
// two_connections_client, its mended form. It stands in no library, and nothing is to be copied from
// it. Its faults are rows B1 to B6 of docs/faults.md:
//   B1  its two flags are declared inside the loop: what is complete is forgotten at each turn
//   B2  nothing waits: it looks at two sockets as fast as it can
//   B3  the end of the head is taken for the end of the answer
//   B4  the body is printed up to the end of the buffer, and not of what has come
//   B5  connect blocks, and an error of it ends the program
//   B6  the lines of its request end with LF alone
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view kReq = "GET / HTTP/1.0\n\n";

template <class T>
T unwrap(T result) {
  if (result != -1) return result;
  std::fprintf(stderr, "panicked: %s\n", std::strerror(errno));
  std::_Exit(101);
}

int connect(std::uint16_t port) {
  const int connection = unwrap(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  unwrap(::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address));
  unwrap(::fcntl(connection, F_SETFL, O_NONBLOCK));
  unwrap(::send(connection, kReq.data(), kReq.size(), MSG_NOSIGNAL));
  return connection;
}

// The size of the head, or 0 while it is not complete.
std::size_t parse_head(std::string_view data) {
  const auto crlf = data.find("\r\n\r\n");
  const auto lf = data.find("\n\n");
  if (crlf < lf) return crlf + 4;
  return lf == data.npos ? 0 : lf + 2;
}

enum class Read { more, complete, error };

// What the last argument counts is in `buf` already. Gives how much there is now; or, if it thinks that
// the answer is complete, how much of it that is.
std::pair<Read, std::size_t> read_data(int connection, std::vector<char>& buf, std::size_t len) {
  const ssize_t n = ::read(connection, buf.data() + len, buf.size() - len);
  if (n == 0) return {Read::complete, len};
  if (n > 0) {
    len += static_cast<std::size_t>(n);
    if (len == buf.size()) buf.resize(buf.size() + 1024);
    return {Read::more, len};
  }
  if (errno == EINTR) return {Read::more, len};
  if (errno != EAGAIN) return {Read::error, len};
  const std::size_t head = parse_head({buf.data(), len});
  if (head == 0) return {Read::more, len};
  return {Read::complete, head};
}

void parse_data(const std::vector<char>& buf, std::size_t len) {
  const std::string_view data(buf.data(), buf.size());
  const std::size_t head = parse_head(data.substr(0, len));
  if (head == 0) return;
  std::printf("Header:\n");
  std::size_t line = data.find('\n') + 1;  // behind the status line
  for (std::size_t end; (end = data.find('\n', line)) < head; line = end + 1) {
    const std::string_view field = data.substr(line, end - line);
    const std::size_t colon = field.find(": ");
    if (colon == field.npos) break;
    std::string_view value = field.substr(colon + 2);
    if (value.ends_with('\r')) value.remove_suffix(1);
    std::printf("%.*s: \"%.*s\"\n", static_cast<int>(colon), field.data(),
                static_cast<int>(value.size()), value.data());
  }
  std::printf("Body:\n");
  std::fwrite(data.data() + head, 1, data.size() - head, stdout);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s PORT\n", argv[0]), 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int first_connection = connect(port);
  const int second_connection = connect(port);
  std::vector<char> first_buf(4096);
  std::size_t first_bytes_read = 0;
  std::vector<char> second_buf(4096);
  std::size_t second_bytes_read = 0;

  while (true) {
    bool first_complete = false;
    bool second_complete = false;
    if (!first_complete) {
      const auto [outcome, bytes_read] = read_data(first_connection, first_buf, first_bytes_read);
      switch (outcome) {
        case Read::more:
          first_bytes_read = bytes_read;
          break;
        case Read::complete:
          std::printf("First connection completed\n");
          if (bytes_read != 0) parse_data(first_buf, bytes_read);
          first_complete = true;
          break;
        case Read::error:
          std::printf("First connection error: %s\n", std::strerror(errno));
          first_complete = true;
          break;
      }
    }
    if (!second_complete) {
      const auto [outcome, bytes_read] =
          read_data(second_connection, second_buf, second_bytes_read);
      switch (outcome) {
        case Read::more:
          second_bytes_read = bytes_read;
          break;
        case Read::complete:
          std::printf("Second connection completed\n");
          if (bytes_read != 0) parse_data(second_buf, bytes_read);
          second_complete = true;
          break;
        case Read::error:
          std::printf("Second connection error: %s\n", std::strerror(errno));
          second_complete = true;
          break;
      }
    }
    if (first_complete && second_complete) break;
  }
}
