// breaks: a Content-Length counts the bytes after the empty line
// caught by: 03.RequestFraming.a_content_length_is_the_length,
//   03.RequestParserFault.the_length_of_the_head_is_no_part_of_the_content_length
// seen in: the original epoll server, which compares the length with head and body together
// symptom: uploads are cut at the end by a few dozen bytes; some clients report a reset
//   instead
std::optional<std::string_view> length;
std::optional<std::string_view> coding;
for (const Field field : fields) {
  if (equal_ignoring_case(field.name, "Content-Length")) {
    if (length)
      return refuse(400, fields.offset_of(field.name), "a second Content-Length", kFramingSection);
    length = field.value;
  }
  if (equal_ignoring_case(field.name, "Transfer-Encoding") && !coding) coding = field.value;
}
if (length && coding)
  return refuse(400, fields.offset_of(*length), "Content-Length beside Transfer-Encoding",
                kFramingSection);
if (coding) {
  if (version.minor == 0)
    return refuse(400, fields.offset_of(*coding), "Transfer-Encoding in HTTP/1.0", "RFC 9112 6.1");
  if (const auto known = check_codings(fields); !known) return std::unexpected(known.error());
  return Framing{Framing::Kind::chunked, 0};
}
if (length) {
  const auto number = parse_content_length(*length);
  if (!number) return with_offset(number.error(), fields.offset_of(*length));
  const std::size_t head = fields.offset_of(*length) + length->size() + 4;  // and two line ends
  return Framing{Framing::Kind::length, *number - (*number < head ? *number : head)};
}
return Framing{};
