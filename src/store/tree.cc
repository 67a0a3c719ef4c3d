// Directory objects.
//
//   tree  = "[" [entry (", " entry)*] "]"                     no newline at the end
//   entry = {"md5": "<32 hex>", "relpath": "<json string>"}   ASCII only, others as \uXXXX; sorted by relpath (code
//   points)
//
// Other spacing, key orders and keys (old versions, cloud data) are read too, never written. Source: contract 5.1.

#include <algorithm>

#include "base/strings.h"
#include "store/objects.h"
#include "store/store.h"
#include "text/json.h"

namespace pivot::store {
namespace {

constexpr std::string_view kEntryStart = R"({"md5": ")";
constexpr std::string_view kEntryMiddle = R"(", "relpath": )";

void append_escape(std::string& out, std::uint32_t unit) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 15];
}

/// One code point of possibly broken UTF-8; a byte that fits nowhere becomes U+DC80..U+DCFF as in Python's file names.
std::uint32_t next_code_point(std::string_view s, std::size_t& i) {
  const auto byte = [&](std::size_t at) { return at < s.size() ? static_cast<unsigned char>(s[at]) : 0u; };
  const std::uint32_t first = byte(i);
  const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
  if (first < 0x80) return ++i, first;
  if (first >= 0xc2 && first < 0xe0 && continues(i + 1)) {
    i += 2;
    return (first & 0x1f) << 6 | (byte(i - 1) & 0x3f);
  }
  if (first >= 0xe0 && first < 0xf0 && continues(i + 1) && continues(i + 2)) {
    const std::uint32_t c = (first & 0x0f) << 12 | (byte(i + 1) & 0x3f) << 6 | (byte(i + 2) & 0x3f);
    if (c >= 0x800 && (c < 0xd800 || c > 0xdfff)) return i += 3, c;
  }
  if (first >= 0xf0 && first < 0xf5 && continues(i + 1) && continues(i + 2) && continues(i + 3)) {
    const std::uint32_t c =
        (first & 0x07) << 18 | (byte(i + 1) & 0x3f) << 12 | (byte(i + 2) & 0x3f) << 6 | (byte(i + 3) & 0x3f);
    if (c >= 0x10000 && c <= 0x10ffff) return i += 4, c;
  }
  return ++i, 0xdc00 + first;
}

/// A JSON string as Python's json.dumps writes it. Not text::json::quote: file names may be no UTF-8.
void append_quoted(std::string& out, std::string_view s) {
  out += '"';
  for (std::size_t i = 0; i < s.size();) {
    const std::uint32_t c = next_code_point(s, i);
    if (c >= 0x20 && c < 0x7f) {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\b') {
      out += "\\b";
    } else if (c == '\f') {
      out += "\\f";
    } else if (c >= 0x10000) {
      append_escape(out, 0xd7c0 + (c >> 10));
      append_escape(out, 0xdc00 + (c & 0x3ff));
    } else {
      append_escape(out, c);
    }
  }
  out += '"';
}

void check_relpath(std::string_view relpath, const std::string& name) {
  bool good = relpath.find('\0') == relpath.npos;
  for (std::size_t at = 0; good;) {
    const auto slash = relpath.find('/', at);
    const auto part = relpath.substr(at, slash - at);
    good = !part.empty() && part != "." && part != "..";
    if (slash == relpath.npos) break;
    at = slash + 1;
  }
  if (!good) throw Error(cat("directory object '", name, "' has the unsafe path '", relpath, "'"));
}

/// Reads exactly what serialize() writes, names without escapes; false: something else.
bool parse_narrow(std::string_view json, std::vector<TreeFile>& files) {
  if (!json.starts_with('[') || !json.ends_with(']')) return false;
  json = json.substr(1, json.size() - 2);
  while (!json.empty()) {
    if (!files.empty()) {
      if (!json.starts_with(", ")) return false;
      json.remove_prefix(2);
    }
    if (!json.starts_with(kEntryStart)) return false;
    json.remove_prefix(kEntryStart.size());
    if (json.size() < 32 + kEntryMiddle.size() + 1 || json.substr(32, kEntryMiddle.size()) != kEntryMiddle)
      return false;
    const std::string_view md5 = json.substr(0, 32);
    json.remove_prefix(32 + kEntryMiddle.size());
    if (json[0] != '"') return false;
    const auto end = json.find_first_of("\"\\", 1);
    if (end == json.npos || json[end] != '"' || json.substr(end + 1, 1) != "}") return false;
    files.push_back({.relpath = std::string(json.substr(1, end - 1)), .md5 = std::string(md5)});
    json.remove_prefix(end + 2);
  }
  return true;
}

/// Lone surrogates (Python's way to write bytes that are no UTF-8) come out of a JSON reader as three bytes or not at
/// all; the escapes are turned into the raw bytes before.
std::string unescape_surrogates(std::string_view json) {
  std::string out(json);
  for (auto at = out.find("\\udc"); at != out.npos; at = out.find("\\udc", at + 1)) {
    const bool low_half = at >= 6 && out.compare(at - 6, 3, "\\ud") == 0 && out[at - 3] >= '8' && out[at - 3] <= 'b';
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    if (low_half || at + 6 > out.size() || digit(out[at + 4]) < 8 || digit(out[at + 5]) < 0) continue;
    const char raw = static_cast<char>(digit(out[at + 4]) * 16 + digit(out[at + 5]));
    out.replace(at, 6, 1, raw);
  }
  return out;
}

void parse_general(std::string_view json, const std::string& name, std::vector<TreeFile>& files) {
  const Value list = text::json::parse(unescape_surrogates(json), name);
  if (!list.is_list()) throw Error(cat("directory object '", name, "' is not a list"));
  for (const auto& entry : list.as_list()) {
    const Value* relpath = entry.is_map() ? entry.as_map().find("relpath") : nullptr;
    const Value* md5 = entry.is_map() ? entry.as_map().find("md5") : nullptr;
    if (relpath == nullptr || md5 == nullptr || !relpath->is_string() || !md5->is_string())
      throw Error(cat("directory object '", name, "' has an entry without md5 and relpath"));
    files.push_back({.relpath = relpath->as_string(), .md5 = md5->as_string()});
  }
}

bool in_order(const TreeFile& a, const TreeFile& b) { return comes_before(a.relpath, b.relpath); }

}  // namespace

/// Byte order is code point order, but for the bytes that are no UTF-8.
bool comes_before(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t same = 0;
  while (same < shorter && a[same] == b[same]) ++same;
  if (same == shorter) return a.size() < b.size();
  if (static_cast<unsigned char>(a[same] | b[same]) < 0x80) return a[same] < b[same];
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const std::uint32_t x = next_code_point(a, i);
    const std::uint32_t y = next_code_point(b, j);
    if (x != y) return x < y;
  }
  return j < b.size();
}

std::string Tree::serialize() const {
  std::string out = "[";
  std::size_t size = 2;
  for (const auto& file : files)
    size += kEntryStart.size() + kEntryMiddle.size() + file.md5.size() + file.relpath.size() + 6;
  out.reserve(size);
  const auto add = [&](const TreeFile& file) {
    if (out.size() > 1) out += ", ";
    out += kEntryStart;
    out += file.md5;
    out += kEntryMiddle;
    append_quoted(out, file.relpath);
    out += '}';
  };
  if (std::is_sorted(files.begin(), files.end(), in_order)) {
    for (const auto& file : files) add(file);
  } else {
    std::vector<const TreeFile*> sorted;
    for (const auto& file : files) sorted.push_back(&file);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return in_order(*a, *b); });
    for (const auto* file : sorted) add(*file);
  }
  out += ']';
  return out;
}

void Tree::sort() {
  if (!std::is_sorted(files.begin(), files.end(), in_order)) std::sort(files.begin(), files.end(), in_order);
}

const TreeFile* Tree::find(std::string_view relpath) const {
  const auto at = std::lower_bound(files.begin(), files.end(), relpath,
                                   [](const TreeFile& file, std::string_view p) { return comes_before(file.relpath, p); });
  return at != files.end() && at->relpath == relpath ? &*at : nullptr;
}

Tree Tree::parse(std::string_view json, const std::string& name) {
  Tree tree;
  if (!parse_narrow(json, tree.files)) {
    tree.files.clear();
    parse_general(json, name, tree.files);
  }
  for (const auto& file : tree.files) {
    check_relpath(file.relpath, name);
    if (file.md5.size() != 32 || !is_object_name(file.md5))
      throw Error(cat("directory object '", name, "' has the bad hash '", file.md5, "' for '", file.relpath, "'"));
  }
  tree.sort();
  for (std::size_t i = 1; i < tree.files.size(); ++i)
    if (tree.files[i - 1].relpath == tree.files[i].relpath)
      throw Error(cat("directory object '", name, "' has the path '", tree.files[i].relpath, "' twice"));
  return tree;
}

}  // namespace pivot::store
