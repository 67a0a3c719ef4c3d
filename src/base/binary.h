// Numbers, texts and values as bytes, for files of our own that only this very program reads back (snapshots).
//
//   number = LEB128: 7 bits a byte, the lowest first, the eighth bit says that more follow
//   fixed  = 8 bytes, little endian
//   text   = number (its length in bytes) bytes
//   value  = kind (1 byte, Value::Kind) and, by kind: boolean: 1 byte; integer, real: fixed; string, big_integer, date, bytes: text;
//            list: number value*; map: number (value value)*
#pragma once

#include <cstdint>
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
  std::uint8_t byte();
  std::uint64_t number();
  /// A number of things that follow, each at least one byte long.
  std::size_t count();
  std::uint64_t fixed();
  std::string_view text();
  std::string string() { return std::string(text()); }
  bool flag() { return byte() != 0; }
  Value value();
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  Value value_at(int depth);
  [[noreturn]] static void fail();
  std::string_view rest_;
};

}  // namespace pivot
