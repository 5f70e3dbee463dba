#include "client.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace event_loop::testing {
namespace {

// A test whose own side fails cannot continue.
void require(bool condition, const char* what) {
  if (!condition) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Client::Client() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  require(fd_ >= 0, "the client's socket");
}

void Client::set_small_receive_buffer() {
  const int bytes = 4096;
  require(::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0, "SO_RCVBUF");
}

void Client::connect(const epoll::SocketAddress& server) {
  require(::connect(fd_, server.data(), server.size()) == 0, "the client's connect");
  require(::fcntl(fd_, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
  connected_ = true;
}

Client& Client::send(std::string_view bytes) {
  to_send_ += bytes;
  send_some();
  return *this;
}

Client& Client::finish_sending() {
  finishing_ = true;
  send_some();
  return *this;
}

void Client::expect_answer_to(std::string_view method) {
  methods_.emplace_back(method);
  if (methods_.size() == 1 && unparsed_.empty()) parser_.reset(methods_.front());
}

Client& Client::ask(std::string_view method, std::string_view target, std::string_view body) {
  expect_answer_to(method);
  std::string request;
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: test\r\n");
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request.append("\r\n").append(body);
  return send(request);
}

bool Client::pump() {
  if (!connected_) return false;
  const bool sent = send_some();
  const bool read = reads && read_some();
  return sent || read;
}

bool Client::send_some() {
  if (fd_ < 0 || error_ != 0) return false;
  bool moved = false;
  while (sent_ < to_send_.size()) {
    const auto count = ::send(fd_, to_send_.data() + sent_, to_send_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0) {
      // The server takes no more. There may still be an answer to read.
      if (errno != EAGAIN) to_send_.clear(), sent_ = 0;
      return moved;
    }
    sent_ += static_cast<std::size_t>(count);
    moved = true;
  }
  to_send_.clear();
  sent_ = 0;
  if (finishing_) {
    finishing_ = false;
    ::shutdown(fd_, SHUT_WR);
  }
  return moved;
}

bool Client::read_some() {
  if (fd_ < 0 || ended_) return false;
  bool moved = false;
  std::array<char, 65536> buffer;
  while (true) {
    const std::size_t wanted =
        read_limit == 0 ? buffer.size() : std::min(read_limit, buffer.size());
    const auto count = ::recv(fd_, buffer.data(), wanted, 0);
    if (count < 0 && errno == EAGAIN) return moved;
    moved = true;
    if (count <= 0) {
      ended_ = true;
      error_ = count < 0 ? errno : 0;
      if (!unparsed_.empty()) {
        const auto last = parser_.finish(unparsed_);
        if (last && *last == http::Progress::complete) {
          take_answer();
        } else {
          garbled_ = true;
        }
      }
      return moved;
    }
    const auto size = static_cast<std::size_t>(count);
    received_.append(buffer.data(), size);
    const auto bytes = std::as_bytes(std::span(buffer).first(size));
    unparsed_.insert(unparsed_.end(), bytes.begin(), bytes.end());
    parse();
    if (read_limit != 0) return moved;
  }
}

void Client::parse() {
  while (!garbled_ && !unparsed_.empty()) {
    const auto progress = parser_.feed(unparsed_);
    if (!progress) {
      garbled_ = true;
      return;
    }
    if (*progress == http::Progress::need_more) return;
    if (*progress == http::Progress::complete) take_answer();
  }
}

void Client::take_answer() {
  const http::ReceivedResponse& response = parser_.response();
  Answer answer;
  answer.status = response.status;
  answer.body = response.body_text();
  answer.keep_alive = response.keep_alive;
  for (const http::Field field : response.fields)
    answer.fields.append(field.name).append(": ").append(field.value).append("\n");
  answers_.push_back(std::move(answer));
  unparsed_.erase(unparsed_.begin(),
                  unparsed_.begin() + static_cast<std::ptrdiff_t>(parser_.consumed()));
  if (!methods_.empty()) methods_.pop_front();
  parser_.reset(methods_.empty() ? "GET" : methods_.front());
}

void Client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace event_loop::testing
