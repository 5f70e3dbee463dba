// The epoll server of the originals in C++, line by line, and as faulty as it was.
//
//   build/release/bin/original_server 8000         listening on 127.0.0.1:8000
//   curl http://127.0.0.1:8000                     Hello! I am an epoll server.
//
// It is here to be broken: the fault gallery runs each of its commands against this program and then
// against hello_server, its mended form. It stands in no library, and nothing is to be copied from it.
// Its faults are rows A1 to A11 and A13 to A33 of docs/faults.md; these are the lines that make them:
//   close by hand and by the owner     A1                  4096 bytes, whatever came   A2 to A6, A28
//   the end is not looked for          A5 to A7            a head is not waited for    A8, A9, A15, A16
//   only text is searched              A10, A11, A13       a length that is none       A14, A17
//   an error of a client goes up       A18, A19, A21       EINTR of the wait           A20
//   the count of a write is dropped    A22                 the answer's text           A23, A24, A33
//   the listener is armed at once      A25, A31            no limit of any kind        A26, A27
//   a line for each wake-up            A29                 small steps                 A30
//   Expect is not answered             A32
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

[[noreturn]] void panic(const std::string& why) {
  std::fprintf(stderr, "panicked: %s\n", why.c_str());
  std::_Exit(101);
}
void println(const std::string& line) {
  if (std::puts(line.c_str()) == EOF) panic("failed printing to stdout");
}

// The macro `syscall!` with a `?` behind it: the result, or an error that goes up to main.
template <class T>
T syscall(T result) {
  if (result == -1) throw std::system_error(errno, std::generic_category());
  return result;
}

// --- the module epoll

constexpr std::uint32_t kReadFlags = EPOLLONESHOT | EPOLLIN;
constexpr std::uint32_t kWriteFlags = EPOLLONESHOT | EPOLLOUT;

int epoll_create() {
  const int fd = syscall(::epoll_create1(0));
  if (const int flags = ::fcntl(fd, F_GETFD); flags != -1) ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  return fd;
}
void add_interest(int epoll_fd, int fd, epoll_event event) {
  syscall(::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event));
}
void modify_interest(int epoll_fd, int fd, epoll_event event) {
  syscall(::epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event));
}
void remove_interest(int epoll_fd, int fd) {
  syscall(::epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, nullptr));
}
epoll_event listener_read_event(std::uint64_t key) {
  epoll_event event{};
  event.events = kReadFlags;
  event.data.u64 = key;
  return event;
}
epoll_event listener_write_event(std::uint64_t key) {
  epoll_event event{};
  event.events = kWriteFlags;
  event.data.u64 = key;
  return event;
}

// --- the module http

constexpr std::string_view kHttpResp =
    "HTTP/1.1 200 OK\n"
    "content-type: text/html\n"
    "content-length: 28\n"
    "\n"
    "Hello! I am an epoll server.";

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80   ? 1
                               : byte < 0xc2 ? 0
                               : byte < 0xe0 ? 2
                               : byte < 0xf0 ? 3
                               : byte < 0xf5 ? 4
                                             : 0;
    if (length == 0 || length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    i += length;
  }
  return true;
}

struct RequestContext {
  explicit RequestContext(int fd) : stream(fd) {}
  RequestContext(const RequestContext&) = delete;
  RequestContext& operator=(const RequestContext&) = delete;
  ~RequestContext() { ::close(stream); }  // the owner's close, which Rust's TcpStream has, too

  void read_cb(std::uint64_t key, int epoll_fd) {
    std::array<char, 4096> part{};
    const std::string_view data(part.data(), part.size());  // all of it, whatever was read
    if (::read(stream, part.data(), part.size()) == -1) {
      if (errno != EAGAIN) syscall(-1);
    } else if (is_utf8(data)) {
      parse_and_set_content_length(data);
    }
    buf.append(data);
    if (buf.size() >= content_length) {
      println("got all data: " + std::to_string(buf.size()) + " bytes");
      modify_interest(epoll_fd, stream, listener_write_event(key));
    } else {
      modify_interest(epoll_fd, stream, listener_read_event(key));
    }
  }

  void parse_and_set_content_length(std::string_view data) {
    constexpr std::string_view name = "content-length: ";
    if (!data.contains("HTTP")) return;
    std::istringstream lines{std::string(data)};
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
      if (!line.starts_with(name)) continue;
      const char* const end = line.data() + line.size();
      const auto [rest, error] = std::from_chars(line.data() + name.size(), end, content_length);
      if (error != std::errc() || rest != end) panic("content-length is valid");
      println("set content length: " + std::to_string(content_length) + " bytes");
      return;
    }
  }

  void write_cb(std::uint64_t key, int epoll_fd) {
    if (::write(stream, kHttpResp.data(), kHttpResp.size()) != -1) {
      println("answered from request " + std::to_string(key));
    } else {
      std::fprintf(stderr, "could not answer to request %ju, %s\n", std::uintmax_t{key},
                   std::strerror(errno));
    }
    syscall(::shutdown(stream, SHUT_RDWR));
    remove_interest(epoll_fd, stream);
    ::close(stream);  // and the destructor closes the same number again
  }

  int stream;
  std::size_t content_length = 0;
  std::string buf;
};

// --- the module main

void run(std::uint16_t port) {
  std::map<std::uint64_t, RequestContext> request_contexts;
  std::vector<epoll_event> events(1024);
  std::uint64_t key = 100;

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const int listener_fd = syscall(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  syscall(::setsockopt(listener_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  syscall(::bind(listener_fd, name, size));
  syscall(::listen(listener_fd, 128));
  syscall(::getsockname(listener_fd, name, &size));
  println("listening on 127.0.0.1:" + std::to_string(ntohs(address.sin_port)));

  const int epoll_fd = epoll_create();
  add_interest(epoll_fd, listener_fd, listener_read_event(key));
  while (true) {
    println("requests in flight: " + std::to_string(request_contexts.size()));
    const int res = ::epoll_wait(epoll_fd, events.data(), 1024, 1000);
    if (res == -1) panic(std::string("error during epoll wait: ") + std::strerror(errno));
    for (int i = 0; i < res; ++i) {
      const epoll_event ev = events[static_cast<std::size_t>(i)];
      const std::uint64_t event_key = ev.data.u64;
      if (event_key == 100) {
        size = sizeof address;
        const int stream = ::accept4(listener_fd, name, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (stream != -1) {
          println("new client: 127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
          ++key;
          add_interest(epoll_fd, stream, listener_read_event(key));
          request_contexts.try_emplace(key, stream);
        } else {
          std::fprintf(stderr, "couldn't accept: %s\n", std::strerror(errno));
        }
        modify_interest(epoll_fd, listener_fd, listener_read_event(100));
        continue;
      }
      const auto context = request_contexts.find(event_key);
      if (context == request_contexts.end()) continue;
      if ((ev.events & EPOLLIN) != 0) {
        context->second.read_cb(event_key, epoll_fd);
      } else if ((ev.events & EPOLLOUT) != 0) {
        context->second.write_cb(event_key, epoll_fd);
        request_contexts.erase(context);
      } else {
        println("unexpected events: " + std::to_string(ev.events));
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
    std::fprintf(stderr, "Error: %s\n", error.code().message().c_str());
    return 1;
  }
}
