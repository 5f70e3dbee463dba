// Shows the head of a request that it reads from standard input, or why it refuses it.
//
//   printf 'GET /a HTTP/1.1\r\nHost: b\r\n\r\n' | ./workbook run --mine show_head
//
//   GET  /a  HTTP/1.1
//     Host = b
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "http/field_section.hpp"
#include "http/request_line.hpp"

namespace {

int refuse(const http::ParseError& error) {
  std::cout << error.status << ": " << error.what << " (" << error.section << ")\n";
  return 1;
}

}  // namespace

int main() {
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  const std::string_view head = bytes;
  const http::Limits limits;
  http::LineScanner scanner;
  const auto end = scanner.scan(head, limits.request_line, http::kRequestLine);
  if (end.kind != http::LineEnd::Kind::found) {
    std::cout << "400: the first line is not whole, or holds a byte that it may not hold\n";
    return 1;
  }
  const auto line = http::parse_request_line(head.substr(0, end.at));
  if (!line) return refuse(line.error());
  std::cout << line->method << "  " << line->target << "  HTTP/" << line->version.major << '.'
            << line->version.minor << '\n';

  http::FieldSection section;
  section.start(end.next, limits.head, http::kHeadLine);
  http::Fields fields;
  const auto complete = section.read(head, fields, limits.fields);
  if (!complete) return refuse(complete.error());
  fields.set_base(head.data() + section.begin());
  for (const http::Field field : fields)
    std::cout << "  " << field.name << " = " << field.value << '\n';
  if (!*complete) std::cout << "  ... and then the input ends, before the empty line\n";
  return *complete ? 0 : 1;
}
