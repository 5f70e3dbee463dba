// breaks: a length that no number can hold is refused
// caught by: 03.ContentLength.does_not_wrap_around
// seen in: the check after the fact, as books about C show it; it misses most overflows of a
//   product
// symptom: 30000000000000000000 bytes are announced, and the server takes it for
//   11553255926290448384
constexpr std::string_view section = "RFC 9110 8.6";
if (value.empty()) return refuse(400, 0, "a Content-Length without a number", section);
std::size_t length = 0;
for (std::size_t i = 0; i < value.size(); ++i) {
  if (!is_digit(value[i]))
    return refuse(400, i, "a Content-Length that is not made of digits", section);
  const std::size_t next = length * 10 + static_cast<std::size_t>(value[i] - '0');
  if (next < length) return refuse(400, i, "a Content-Length that no number can hold", section);
  length = next;
}
return length;
