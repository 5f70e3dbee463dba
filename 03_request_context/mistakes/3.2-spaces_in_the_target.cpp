// breaks: a request line has exactly two spaces
// caught by: 03.RequestLine.one_space_is_between_parts_and_none_elsewhere
// seen in: servers that take everything up to the last space for the target
// symptom: "GET /a HTTP/1.0 HTTP/1.1" is one path for the proxy and another for the server
const std::size_t method_end = token_size(line);
if (method_end == 0) return refuse(400, 0, "no method at the start of the line", "RFC 9112 3");
if (method_end == line.size())
  return refuse(400, method_end, "a request line without a target", "RFC 9112 3");
if (line[method_end] != ' ')
  return refuse(400, method_end, "a method that is not a token", "RFC 9110 9.1");

const std::size_t target_at = method_end + 1;
const std::size_t target_end = line.rfind(' ');
if (target_end < target_at)
  return refuse(400, line.size(), "a request line without a version", "RFC 9112 3");
const auto version = parse_version(line.substr(target_end + 1));
if (!version) return with_offset(version.error(), target_end + 1);

const std::string_view method = line.substr(0, method_end);
const std::string_view target = line.substr(target_at, target_end - target_at);
const auto form = parse_target(method, target);
if (!form) return with_offset(form.error(), target_at);
return RequestLine{method, target, *form, *version};
