// Numbers, texts and values as bytes, for files of our own that only this very program reads back (snapshots).
//
//   number = LEB128: 7 bits a byte, the lowest first, the eighth bit says that more follow
//   fixed  = 8 bytes, little endian
//   text   = number (its length in bytes) bytes
//   value  = kind (1 byte, Value::Kind) and, by kind: boolean: 1 byte; integer, real: fixed; string, big_integer, date, bytes: text;
//            list: number value*; map: number (value value)*
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"

namespace pivot {

class BinaryWriter {
 public:
  void byte(std::uint8_t v) { bytes_ += static_cast<char>(v); }
  void number(std::uint64_t v);
  void fixed(std::uint64_t v);
  void text(std::string_view v);
  void raw(std::string_view bytes) { bytes_ += bytes; }
  void value(const Value& v);
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Throws Error when the bytes end early or make no sense; texts are views into them.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : rest_(bytes) {}
  std::uint8_t byte() {
    if (rest_.empty()) fail();
    const auto v = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return v;
  }
  std::uint64_t number() {
    const auto first = byte();
    return first < 0x80 ? first : long_number(first & 0x7f);
  }
  /// A number of things that follow, each at least one byte long.
  std::size_t count() {
    const auto n = number();
    if (n > rest_.size()) fail();
    return n;
  }
  std::uint64_t fixed() {
    if (rest_.size() < sizeof(std::uint64_t)) fail();
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < sizeof v; ++i) v |= std::uint64_t{static_cast<std::uint8_t>(rest_[i])} << (8 * i);
    rest_.remove_prefix(sizeof v);
    return v;
  }
  std::string_view text() {
    const auto size = count();
    const auto v = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return v;
  }
  std::string string() { return std::string(text()); }
  bool flag() { return byte() != 0; }
  Value value();
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  Value value_at(int depth);
  std::uint64_t long_number(std::uint64_t low);
  [[noreturn]] static void fail();
  std::string_view rest_;
};

/// A whole file of ours: its kind (8 letters), a checksum (fixed, XXH3-64 of what follows) and its content.
std::string sealed(std::string_view kind, std::string_view content);
/// The content of such a file, a view into it; nullopt when it is of another kind, or damaged.
std::optional<std::string_view> unsealed(std::string_view kind, std::string_view file);

}  // namespace pivot
