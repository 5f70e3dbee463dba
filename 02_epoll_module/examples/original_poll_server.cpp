// The poll server of the originals in C++, line by line, and as faulty as it was.
//
//   build/release/bin/original_poll_server 1234                 listening on 127.0.0.1:1234
//   curl -d "name=WasmEdge" -X POST http://127.0.0.1:1234       name=WasmEdge
//
// It is here to be broken: the fault gallery runs it, and then echo_server, its mended form. It stands in
// no library, and nothing is to be copied from it. Its faults are rows of docs/faults.md:
//   B7   a body that is no text goes round for ever    B10  a head is answered before its body
//   B8   what the last read brought is thrown away     B11  a write that takes a part ends the server
//   B9   a typing error in the name of a field         B12  so does an error of one client
//                                                      B13  a request with a half-close is dropped
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

[[noreturn]] void panic(const std::string& why) {
  std::fprintf(stderr, "panicked: %s\n", why.c_str());
  std::_Exit(101);
}
// A `?`: the result, or an error that goes up to main.
template <class T>
T check(T result) {
  if (result == -1) throw std::system_error(errno, std::generic_category());
  return result;
}

using Token = std::size_t;
struct Event {
  Token token;
  bool readable;
  bool writable;
};

class Poll {
 public:
  void add(int fd, Token token, short interest) { entries_[fd] = {token, interest}; }  // `register`
  void reregister(int fd, Token token, short interest) { add(fd, token, interest); }
  void unregister(int fd) { entries_.erase(fd); }
  std::vector<Event> poll() {
    std::vector<pollfd> waiting;
    for (const auto& [fd, entry] : entries_) waiting.push_back({fd, entry.interest, 0});
    if (::poll(waiting.data(), waiting.size(), -1) == -1) panic(std::strerror(errno));
    std::vector<Event> events;
    for (const pollfd& one : waiting) {
      if (one.revents == 0) continue;
      // An error and a hang-up are reported as the event that was asked for.
      const int told = (one.revents & (POLLIN | POLLOUT)) != 0 ? one.revents : one.events;
      events.push_back({entries_[one.fd].token, (told & POLLIN) != 0, (told & POLLOUT) != 0});
    }
    return events;
  }

 private:
  struct Entry {
    Token token;
    short interest;
  };
  std::map<int, Entry> entries_;
};

struct Request {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;
  std::string content;
};

// Nothing while the head is not complete; whatever stands behind it is the content.
std::optional<Request> parse_http_request(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == text.npos) return std::nullopt;
  Request request;
  request.content = text.substr(end + 4);
  std::string_view head = text.substr(0, end + 2);
  const std::string_view first = head.substr(0, head.find("\r\n"));
  request.method = first.substr(0, first.find(' '));
  const std::string_view rest = first.substr(std::min(first.size(), request.method.size() + 1));
  request.path = rest.substr(0, rest.find(' '));
  head.remove_prefix(first.size() + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (const auto colon = line.find(": "); colon != line.npos)
      request.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
    head.remove_prefix(line.size() + 2);
  }
  return request;
}

bool is_ascii(std::string_view text) {  // the original asks for UTF-8; for the fault it is the same
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Handler {
  std::optional<std::string> response;
};

// True if the connection is finished.
bool handle_connection(Poll& poll, int connection, Handler& handler, const Event& event) {
  if (event.readable) {
    bool connection_closed = false;
    std::string received_data(4096, '\0');
    std::size_t bytes_read = 0;
    while (true) {
      const ssize_t n =
          ::read(connection, received_data.data() + bytes_read, received_data.size() - bytes_read);
      if (n == 0) {
        connection_closed = true;
        break;
      }
      if (n > 0) {
        bytes_read += static_cast<std::size_t>(n);
        if (bytes_read == received_data.size()) received_data.resize(received_data.size() + 1024);
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) check(-1);
      if (bytes_read == 0) {
        std::printf("Empty request\n");
        return true;
      }
      const std::string_view data = std::string_view(received_data).substr(0, bytes_read);
      if (!is_ascii(data)) continue;
      const auto request = parse_http_request(data);
      if (!request) break;
      if (const auto header = request->headers.find("Conntent-Length");
          header != request->headers.end()) {
        std::size_t content_length = 0;
        const char* const end = header->second.data() + header->second.size();
        if (std::from_chars(header->second.data(), end, content_length).ptr != end ||
            header->second.empty())
          panic("called unwrap on an error: ParseIntError");
        if (content_length > data.size()) return true;
      }
      std::printf("request: \"%s\" \"%s\"\n", request->method.c_str(), request->path.c_str());
      handler.response =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request->content.size()) +
          "\r\nConnection: close\r\n\r\n" + request->content;
      poll.reregister(connection, event.token, POLLOUT);
      break;
    }
    if (connection_closed) {
      std::printf("Connection closed\n");
      return true;
    }
  }
  if (event.writable && handler.response) {
    const ssize_t n = ::write(connection, handler.response->data(), handler.response->size());
    if (n >= 0 && static_cast<std::size_t>(n) < handler.response->size())
      throw std::system_error(EIO, std::generic_category(), "WriteZero");
    if (n >= 0) return true;
    if (errno == EINTR) return handle_connection(poll, connection, handler, event);
    if (errno != EAGAIN) check(-1);
  }
  return false;
}

void run(std::uint16_t port) {
  const int server = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  check(::bind(server, name, size));
  check(::listen(server, 128));
  check(::getsockname(server, name, &size));
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));

  constexpr Token kServer = 0;
  Token unique_token = kServer + 1;
  Poll poll;
  std::map<Token, int> connections;
  std::map<Token, Handler> handlers;
  poll.add(server, kServer, POLLIN);
  while (true) {
    for (const Event& event : poll.poll()) {
      if (event.token == kServer) {
        while (true) {
          size = sizeof address;
          const int connection = ::accept4(server, name, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
          if (connection == -1 && errno == EAGAIN) break;
          if (connection == -1) panic(std::string("accept error: ") + std::strerror(errno));
          std::printf("Accepted connection from: 127.0.0.1:%d\n", ntohs(address.sin_port));
          const Token token = unique_token++;
          poll.add(connection, token, POLLIN);
          connections.emplace(token, connection);
        }
      } else if (const auto found = connections.find(event.token); found != connections.end()) {
        const int connection = found->second;
        if (!handle_connection(poll, connection, handlers[event.token], event)) continue;
        connections.erase(found);
        check(::shutdown(connection, SHUT_RDWR));
        poll.unregister(connection);
        handlers.erase(event.token);
        ::close(connection);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);                // as the start of every Rust program does
  std::setvbuf(stdout, nullptr, _IOLBF, 4096);  // and its standard output goes by lines
  try {
    run(static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
    return 1;
  }
}
