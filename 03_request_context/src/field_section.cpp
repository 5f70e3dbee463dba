#include "http/field_section.hpp"

#include <algorithm>
#include <limits>

#include "syscall/todo.hpp"

namespace http {

Parsed<Fields::Place> parse_field_line(std::string_view line, bool first) {
  // #region 3.3 parse_field_line
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

  const std::string_view value = trim(line.substr(name_end + 1));
  return Fields::Place{0, static_cast<std::uint32_t>(name_end),
                       static_cast<std::uint32_t>(value.data() - line.data()),
                       static_cast<std::uint32_t>(value.size())};
  // #endregion 3.3
}

void FieldSection::start(std::size_t position, std::size_t room, LineRules rules) noexcept {
  begin_ = position;
  line_ = 0;
  // More could not be described by Fields::Place.
  room_ = std::min<std::size_t>(room, std::numeric_limits<std::uint32_t>::max());
  rules_ = rules;
  scanner_.reset();
}

void FieldSection::unfold(std::span<std::byte> buffer, std::size_t position, std::string_view line,
                          Fields& fields) noexcept {
  buffer[position - 1] = std::byte{' '};  // the LF, and the CR if there is one
  if (buffer[position - 2] == std::byte{'\r'}) buffer[position - 2] = std::byte{' '};
  const std::string_view more = trim(line);
  if (!more.empty())
    fields.continue_last(static_cast<std::uint32_t>(more.data() - line.data() + line_),
                         static_cast<std::uint32_t>(more.size()));
}

Parsed<bool> FieldSection::read_lines(std::string_view buffer, std::span<std::byte> writable,
                                      Fields& fields, std::size_t most) {
  fields.set_base(buffer.data() + begin_);
  while (true) {
    const std::size_t position = begin_ + line_;
    const std::size_t room = room_ - line_;  // for this line and its end
    const LineEnd end = scanner_.scan(buffer.substr(position), room, rules_);
    if (end.kind == LineEnd::Kind::unfinished) return false;
    if (end.kind == LineEnd::Kind::too_long ||
        (end.kind == LineEnd::Kind::found && end.next > room))
      return refuse(431, begin_ + room_, "more bytes of fields than are allowed", "RFC 6585 5");
    if (end.kind != LineEnd::Kind::found) return with_offset(line_fault(end, rules_), position);

    const std::string_view line = buffer.substr(position, end.at);
    if (line.empty()) {
      line_ += end.next;
      return true;
    }
    if (is_blank(line[0]) && line_ != 0 && !writable.empty()) {
      unfold(writable, position, line, fields);
      line_ += end.next;
      continue;
    }
    if (fields.size() >= most)
      return refuse(431, position, "more fields than are allowed", "RFC 6585 5");
    auto place = parse_field_line(line, line_ == 0);
    if (!place) return with_offset(place.error(), position);
    place->name_at += static_cast<std::uint32_t>(line_);
    place->value_at += static_cast<std::uint32_t>(line_);
    fields.add(*place);
    line_ += end.next;
  }
}

}  // namespace http
