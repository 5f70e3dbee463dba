// breaks: nothing but extensions follows the digits
// caught by: 03.ChunkHead.holds_nothing_but_digits_and_extensions
// seen in: programs that use strtoul, which stops where the number does
// symptom: '0x5' ends the body here and has five bytes elsewhere: a request can be hidden
//   behind it
ChunkHead head;
while (head.digits < line.size() && is_hex_digit(line[head.digits])) {
  if (head.digits == kMostDigits)
    return refuse(400, head.digits, "a chunk size that no number can hold", kChunkedSection);
  head.size = head.size * 16 + hex_value(line[head.digits]);
  ++head.digits;
}
if (head.digits == 0) return refuse(400, 0, "a chunk size without a hexadecimal digit", kChunkedSection);
const std::size_t extensions = line.find(';');
if (extensions != line.npos && !are_extensions(line.substr(extensions)))
  return refuse(400, head.digits, "text after the chunk size that is not an extension",
                "RFC 9112 7.1.1");
return head;
