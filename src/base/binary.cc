#include "base/binary.h"

#include <bit>

#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"

namespace pivot {

namespace {

constexpr int kDeepest = 1000;  // what the readers of YAML and JSON allow is far below

}  // namespace

void BinaryWriter::number(std::uint64_t v) {
  char bytes[10];
  std::size_t size = 0;
  for (; v >= 0x80; v >>= 7) bytes[size++] = static_cast<char>(v | 0x80);
  bytes[size++] = static_cast<char>(v);
  bytes_.append(bytes, size);
}

void BinaryWriter::fixed(std::uint64_t v) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(v >> (8 * i));
  bytes_.append(bytes, sizeof bytes);
}

void BinaryWriter::text(std::string_view v) {
  number(v.size());
  bytes_ += v;
}

void BinaryWriter::value(const Value& v) {
  byte(static_cast<std::uint8_t>(v.kind()));
  switch (v.kind()) {
    case Value::Kind::null: return;
    case Value::Kind::boolean: return byte(v.as_bool() ? 1 : 0);
    case Value::Kind::integer: return fixed(static_cast<std::uint64_t>(v.as_int()));
    case Value::Kind::real: return fixed(std::bit_cast<std::uint64_t>(v.as_real()));
    case Value::Kind::string: return text(v.as_string());
    case Value::Kind::big_integer:
    case Value::Kind::date:
    case Value::Kind::bytes: return text(v.as_tagged());
    case Value::Kind::list:
      number(v.as_list().size());
      for (const auto& item : v.as_list()) value(item);
      return;
    case Value::Kind::map:
      number(v.as_map().size());
      for (const auto& [key, item] : v.as_map().items) {
        value(key);
        value(item);
      }
  }
}

void BinaryReader::fail() { throw Error("a file of ours is damaged"); }

/// A number of several bytes, of which the first gave its lowest seven bits.
std::uint64_t BinaryReader::long_number(std::uint64_t low) {
  for (int shift = 7; shift < 64; shift += 7) {
    const auto b = byte();
    low |= static_cast<std::uint64_t>(b & 0x7f) << shift;
    if ((b & 0x80) == 0) return low;
  }
  fail();
}

Value BinaryReader::value() { return value_at(0); }

Value BinaryReader::value_at(int depth) {
  if (depth > kDeepest) fail();
  const auto kind = static_cast<Value::Kind>(byte());
  switch (kind) {
    case Value::Kind::null: return {};
    case Value::Kind::boolean: return flag();
    case Value::Kind::integer: return static_cast<std::int64_t>(fixed());
    case Value::Kind::real: return std::bit_cast<double>(fixed());
    case Value::Kind::string: return string();
    case Value::Kind::big_integer:
    case Value::Kind::date:
    case Value::Kind::bytes: return Value::tagged(kind, string());
    case Value::Kind::list: {
      List list(count());
      for (auto& item : list) item = value_at(depth + 1);
      return list;
    }
    case Value::Kind::map: {
      Map map;
      map.items.resize(count());
      for (auto& [key, item] : map.items) {
        key = value_at(depth + 1);
        item = value_at(depth + 1);
      }
      return map;
    }
  }
  fail();
}

std::string sealed(std::string_view kind, std::string_view content) {
  BinaryWriter sum;
  sum.fixed(xxh3_64(content));
  return cat(kind, sum.bytes(), content);
}

std::optional<std::string_view> unsealed(std::string_view kind, std::string_view file) {
  constexpr std::size_t kSum = sizeof(std::uint64_t);
  if (!file.starts_with(kind) || file.size() < kind.size() + kSum) return std::nullopt;
  BinaryReader from(file.substr(kind.size()));
  const auto sum = from.fixed();
  return sum == xxh3_64(from.rest()) ? std::optional(from.rest()) : std::nullopt;
}

}  // namespace pivot
