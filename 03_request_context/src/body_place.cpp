#include "http/body_place.hpp"

#include <cstring>

#include "syscall/todo.hpp"

namespace http {

void BodyPlace::take(std::span<std::byte> buffer, std::size_t count) {
  // #region 3.7 take
  if (mode == BodyMode::keep) {
    std::byte* const end = buffer.data() + begin + kept;
    const std::byte* const from = buffer.data() + next;
    if (end != from) std::memmove(end, from, count);  // the two may overlap
    kept += count;
  }
  next += count;
  size += count;
  // #endregion 3.7
}

}  // namespace http
