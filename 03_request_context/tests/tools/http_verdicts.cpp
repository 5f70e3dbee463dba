// What our parsers say about many inputs, for a comparison with those of others (.ci/opinions).
//
//   http_verdicts --cases    the requests of cases.cpp, each framed: its length, a line end, its bytes
//   http_verdicts            reads inputs that are framed with one word more, "request 5" or "GET 12", the
//                            method to which it is the response; writes a line of JSON for each:
//
//   {"messages": [["504f5354", "2f", "6869", true]], "end": "refused", "why": "a second Host"}
//
// A message is its method, or its status, and its target and body, all in hexadecimal, and whether the
// connection stays open after it. `end`: clean (nothing follows), closed (what follows does not matter),
// unfinished, or refused.
#include <iostream>
#include <span>
#include <string>
#include <string_view>

#include "../cases.hpp"
#include "http/request_parser.hpp"
#include "http/response_parser.hpp"
#include "http/text.hpp"

namespace {

std::string hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    digits.append({kDigits[byte / 16], kDigits[byte % 16]});
  }
  return digits;
}

class Verdict {
 public:
  void add(std::string_view method_or_status, std::string_view target, std::string_view body,
           bool keep) {
    if (!messages_.empty()) messages_ += ", ";
    messages_ += "[\"" + hex(method_or_status) + "\", \"" + hex(target) + "\", \"" + hex(body) +
                 "\", " + (keep ? "true" : "false") + "]";
  }
  void print(std::string_view end, std::string_view why = {}) const {
    std::cout << "{\"messages\": [" << messages_ << "], \"end\": \"" << end << "\", \"why\": \""
              << why << "\"}\n";
  }

 private:
  std::string messages_;
};

template <class Parser>
http::Parsed<http::Progress> feed(Parser& parser, std::span<std::byte> bytes) {
  const auto progress = parser.feed(bytes);
  return progress == http::Progress::head_complete ? parser.feed(bytes) : progress;
}

void judge_requests(std::span<std::byte> bytes) {
  Verdict verdict;
  http::RequestParser parser;
  while (true) {
    const auto progress = feed(parser, bytes);
    if (!progress) return verdict.print("refused", progress.error().what);
    if (*progress != http::Progress::complete)
      return verdict.print(parser.started() ? "unfinished" : "clean");
    const http::Request& request = parser.request();
    const bool keep = request.keep_alive() && request.method != "CONNECT";
    verdict.add(request.method, request.target, request.body_text(), keep);
    if (!keep) return verdict.print("closed");
    bytes = bytes.subspan(parser.consumed());
    parser.reset();
  }
}

void judge_response(std::string_view method, std::span<std::byte> bytes) {
  Verdict verdict;
  http::ResponseParser parser(method);
  auto progress = feed(parser, bytes);
  const bool waits = progress == http::Progress::need_more;
  if (waits) progress = parser.finish(bytes);
  if (!progress) return verdict.print(waits ? "unfinished" : "refused", progress.error().what);
  const http::ReceivedResponse& response = parser.response();
  verdict.add(std::to_string(response.status), "", response.body_text(), response.keep_alive);
  verdict.print("closed");
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    for (const auto& one : http::testing::request_cases())
      std::cout << one.bytes.size() << '\n' << one.bytes;
    return 0;
  }
  std::string kind;
  std::size_t size = 0;
  while (std::cin >> kind >> size && std::cin.get() == '\n') {
    std::string input(size, '\0');
    std::cin.read(input.data(), static_cast<std::streamsize>(size));
    const auto bytes = std::as_writable_bytes(std::span(input));
    if (kind == "request") {
      judge_requests(bytes);
    } else {
      judge_response(kind, bytes);
    }
  }
  return std::cin.eof() ? 0 : 1;
}
