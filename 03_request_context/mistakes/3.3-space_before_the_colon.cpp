// breaks: a field whose name is followed by a blank is refused
// caught by: 03.FieldLine.has_no_white_space_before_its_colon
// seen in: servers that trim the name as they trim the value; a proxy that does not know the
//   name 'Content-Length ' passes it on unread
// symptom: the answer to one user's request is shown to another: a request was smuggled
const std::size_t colon = line.find(':');
if (colon == line.npos)
  return refuse(400, token_size(line), "a field line without a colon", "RFC 9112 5");
if (is_blank(line[0]))
  return first ? refuse(400, 0, "whitespace before the first field", "RFC 9112 2.2")
               : refuse(400, 0, "a field that is folded over two lines", "RFC 9112 5.2");
const std::string_view name = trim(line.substr(0, colon));
if (name.empty()) return refuse(400, 0, "a field without a name", "RFC 9112 5");
if (!is_token(name))
  return refuse(400, token_size(line), "a field name that is not a token", "RFC 9110 5.1");
const std::string_view value = trim(line.substr(colon + 1));
return Fields::Place{0, static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.data() - line.data()),
                     static_cast<std::uint32_t>(value.size())};
