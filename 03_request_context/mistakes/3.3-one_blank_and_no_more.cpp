// breaks: any number of blanks, or none, may surround a value
// caught by: 03.FieldLine.is_a_name_a_colon_and_a_value,
//   03.FieldLine.the_white_space_around_its_value_is_no_part_of_it,
//   03.RequestParserFault.a_content_length_is_known_however_it_is_written
// seen in: the original epoll server, which knows 'content-length: ' with one blank and no
//   other way
// symptom: uploads of one client library fail, and those of all others work
const std::size_t name_end = token_size(line);
if (name_end == line.size())
  return refuse(400, name_end, "a field line without a colon", "RFC 9112 5");
if (name_end == 0 && is_blank(line[0]))
  return first ? refuse(400, 0, "whitespace before the first field", "RFC 9112 2.2")
               : refuse(400, 0, "a field that is folded over two lines", "RFC 9112 5.2");
if (is_blank(line[name_end]))
  return refuse(400, name_end, "whitespace between a field's name and its colon", "RFC 9112 5.1");
if (line[name_end] != ':')
  return refuse(400, name_end, "a field name that is not a token", "RFC 9110 5.1");
if (name_end == 0) return refuse(400, 0, "a field without a name", "RFC 9112 5");

const std::string_view value = line.substr(std::min(name_end + 2, line.size()));
return Fields::Place{0, static_cast<std::uint32_t>(name_end),
                     static_cast<std::uint32_t>(value.data() - line.data()),
                     static_cast<std::uint32_t>(value.size())};
