// breaks: a second Content-Length is refused
// caught by: 03.RequestFraming.two_lengths_are_refused_even_if_they_agree
// seen in: servers that keep fields in a map; the proxy in front may keep the first one
// symptom: behind a certain proxy, and only there, a request appears that no client has sent
std::optional<std::string_view> length;
std::optional<std::string_view> coding;
for (const Field field : fields) {
  if (equal_ignoring_case(field.name, "Content-Length")) {
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
  return Framing{Framing::Kind::length, *number};
}
return Framing{};
