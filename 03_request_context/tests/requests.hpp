// Requests as text, and what is in the answers.
#pragma once

#include <string>
#include <string_view>

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

inline std::string get(std::string_view target) {
  return std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
}

inline const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
inline const std::string kGet = get("/a");

// `fields`: further lines of the head, each with its end.
inline std::string post(std::string_view target, std::string_view body,
                        std::string_view fields = "") {
  return std::string("POST ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: x\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n")
      .append(fields)
      .append("\r\n")
      .append(body);
}

// Takes the first answer off `text`, and returns its body. It must have a Content-Length.
inline std::string take_body(std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  const std::size_t length_at = text.find("Content-Length: ");
  if (head == text.npos || length_at > head) return std::string("no answer: ").append(text, 0, 200);
  const std::size_t length = std::stoul(text.substr(length_at + 16, 20));
  std::string body = text.substr(head + 4, length);
  text.erase(0, head + 4 + length);
  return body;
}
