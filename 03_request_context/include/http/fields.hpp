// The field lines of a head or of a trailer section, in the order in which they were received.
//
// A `Fields` stores the place of each name and value, counted from the first byte of its section,
// and one pointer to that byte. So the buffer may move while a message is still being received:
// setting that one pointer makes every view valid again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/text.hpp"

namespace http {

// One field line. Views into the connection's buffer.
struct Field {
  std::string_view name;   // as it was sent; comparisons ignore case [RFC 9110 5.1]
  std::string_view value;  // without the whitespace around it; may be empty; may hold bytes > 127
};

class Fields {
 public:
  static constexpr std::size_t kInline = 64;  // up to this many cost no allocation

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] Field operator[](std::size_t i) const noexcept {  // i < size()
    const Place& at = place(i);
    return {{base_ + at.name_at, at.name_size}, {base_ + at.value_at, at.value_size}};
  }

  // False means that no field has this name, because no name has its length. Most lookups are for a
  // field that is absent, and end here.
  [[nodiscard]] bool may_have(std::string_view name) const noexcept {
    return (name_lengths_ & bit_of(name.size())) != 0;
  }
  // The value of the first field of this name; nullopt if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

  // visit(value) for each field of this name, in order.
  template <class Visit>
  void for_each_value(std::string_view name, Visit visit) const {
    if (!may_have(name)) return;
    for (const Field field : *this)
      if (equal_ignoring_case(field.name, name)) visit(field.value);
  }

  // visit(element) for each element of a comma-separated list: all fields of this name make one
  // list [RFC 9110 5.3]. Elements come without whitespace around them, empty ones not at all
  // [RFC 9110 5.6.1.2], and a comma inside a quoted string does not end one.
  template <class Visit>
  void for_each_element(std::string_view name, Visit visit) const {
    for_each_value(name, [&](std::string_view list) {
      while (!list.empty()) {
        const std::string_view element = take_list_element(list);
        if (!element.empty()) visit(element);
      }
    });
  }
  // True if such a list contains this word, in any case: has_token("Connection", "close").
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  class Iterator {
   public:
    Iterator(const Fields* fields, std::size_t at) noexcept : fields_(fields), at_(at) {}
    Field operator*() const noexcept { return (*fields_)[at_]; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    friend bool operator==(Iterator, Iterator) noexcept = default;

   private:
    const Fields* fields_;
    std::size_t at_;
  };
  [[nodiscard]] Iterator begin() const noexcept { return {this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {this, size_}; }

  // For parsers. The place of a field, counted from the first byte of the section. A section of
  // 4 GiB or more cannot be described; no limit allows one.
  struct Place {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  void add(Place place);
  // The value of the last field continues up to the end of these bytes, or begins with them if it
  // was empty; size() > 0.
  void continue_last(std::uint32_t at, std::uint32_t size) noexcept;
  void set_base(const char* first_byte_of_section) noexcept { base_ = first_byte_of_section; }
  // The place in the section of a name, a value or a part of one.
  [[nodiscard]] std::size_t offset_of(std::string_view part) const noexcept {
    return static_cast<std::size_t>(part.data() - base_);
  }
  void clear() noexcept;

 private:
  [[nodiscard]] Place& place(std::size_t i) noexcept {
    return i < kInline ? places_[i] : overflow_[i - kInline];
  }
  [[nodiscard]] const Place& place(std::size_t i) const noexcept {
    return i < kInline ? places_[i] : overflow_[i - kInline];
  }

  // One bit for each length of a name, modulo 64.
  [[nodiscard]] static std::uint64_t bit_of(std::size_t length) noexcept {
    return std::uint64_t{1} << (length % 64);
  }

  std::array<Place, kInline> places_;  // the first 64
  std::vector<Place> overflow_;        // the others
  std::size_t size_ = 0;
  std::uint64_t name_lengths_ = 0;  // the bits of all names
  const char* base_ = nullptr;      // what the places count from; not owned
};

}  // namespace http
