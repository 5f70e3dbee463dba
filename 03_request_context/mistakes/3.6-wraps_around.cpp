// breaks: a chunk size has at most 16 digits
// caught by: 03.ChunkHead.does_not_wrap_around
// seen in: servers of many names, over the years
// symptom: 10000000000000005 (17 digits) is a chunk of 5 bytes here, and of very many
//   elsewhere
ChunkHead head;
while (head.digits < line.size() && is_hex_digit(line[head.digits])) {
  head.size = (head.size << 4U) | hex_value(line[head.digits]);
  ++head.digits;
}
if (head.digits == 0) return refuse(400, 0, "a chunk size without a hexadecimal digit", kChunkedSection);
if (!are_extensions(line.substr(head.digits)))
  return refuse(400, head.digits, "text after the chunk size that is not an extension",
                "RFC 9112 7.1.1");
return head;
