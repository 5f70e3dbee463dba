// breaks: Content-Length beside Transfer-Encoding is refused
// caught by: 03.RequestFraming.both_at_once_are_refused
// seen in: servers that follow the older RFC, behind a proxy that believes the length: CL.TE
//   smuggling
// symptom: the answer to one user's request is shown to another
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
if (coding) {
  if (version.minor == 0)
    return refuse(400, fields.offset_of(*coding), "Transfer-Encoding in HTTP/1.0", "RFC 9112 6.1");
  if (const auto known = check_codings(fields); !known) return std::unexpected(known.error());
  return Framing{Framing::Kind::chunked, 0};
}
if (length) {
  const auto number = parse_content_length(*length);
  if (!number) return with_offset(number.error(), fields.offset_of(*length));
  return Framing{Framing::Kind::length, *number};
}
return Framing{};
