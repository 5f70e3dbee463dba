// breaks: the last coding is chunked, and it is the only one
// caught by: 03.RequestFraming.a_coding_that_leaves_the_length_open_is_refused,
//   03.RequestFraming.a_coding_before_chunked_is_not_implemented
// seen in: servers that search the value for the word; 'xchunked' is the classic way to use
//   it: TE.TE smuggling
// symptom: a proxy that takes the field for nonsense passes on what the server reads as two
//   requests
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
  if (coding->contains("chunked")) return Framing{Framing::Kind::chunked, 0};
  if (const auto known = check_codings(fields); !known) return std::unexpected(known.error());
  return Framing{Framing::Kind::chunked, 0};
}
if (length) {
  const auto number = parse_content_length(*length);
  if (!number) return with_offset(number.error(), fields.offset_of(*length));
  return Framing{Framing::Kind::length, *number};
}
return Framing{};
