#include "http/fields.hpp"

namespace http {

std::optional<std::string_view> Fields::find(std::string_view name) const noexcept {
  if (!may_have(name)) return std::nullopt;
  for (const Field field : *this)
    if (equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for_each_value(name, [&](std::string_view) { ++found; });
  return found;
}

bool Fields::has_token(std::string_view name, std::string_view token) const noexcept {
  bool found = false;
  for_each_element(name, [&](std::string_view element) {
    found = found || equal_ignoring_case(element, token);
  });
  return found;
}

void Fields::add(Place place) {
  if (size_ < kInline) {
    places_[size_] = place;
  } else {
    overflow_.push_back(place);
  }
  ++size_;
  name_lengths_ |= bit_of(place.name_size);
}

void Fields::continue_last(std::uint32_t at, std::uint32_t size) noexcept {
  Place& last = place(size_ - 1);
  if (last.value_size == 0) last.value_at = at;
  last.value_size = at + size - last.value_at;
}

void Fields::clear() noexcept {
  size_ = 0;
  name_lengths_ = 0;
  overflow_.clear();
  base_ = nullptr;
}

}  // namespace http
