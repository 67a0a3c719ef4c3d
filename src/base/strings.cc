#include "base/strings.h"

#include <cstdint>
#include <cstring>

namespace pivot {

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  while (true) {
    const auto end = s.find(separator, start);
    out.push_back(s.substr(start, end == s.npos ? s.npos : end - start));
    if (end == s.npos) return out;
    start = end + 1;
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string_view trim(std::string_view s) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const auto first = s.find_first_not_of(kSpace);
  if (first == s.npos) return {};
  return s.substr(first, s.find_last_not_of(kSpace) - first + 1);
}

bool starts_with(std::string_view s, std::string_view prefix) { return s.starts_with(prefix); }
bool ends_with(std::string_view s, std::string_view suffix) { return s.ends_with(suffix); }

std::string lower(std::string_view s) {
  std::string out(s);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? kLetters[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string expand_tabs(std::string_view s) {
  std::string out;
  std::size_t column = 0;
  for (const char c : s) {
    if (c == '\t') {
      const auto width = 8 - column % 8;
      out.append(width, ' ');
      column += width;
      continue;
    }
    out += c;
    if (c == '\n' || c == '\r') {
      column = 0;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return out;
}

std::string replace_all(std::string_view s, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t start = 0;
  while (true) {
    const auto hit = s.find(from, start);
    out.append(s.substr(start, hit == s.npos ? s.npos : hit - start));
    if (hit == s.npos) return out;
    out.append(to);
    start = hit + from.size();
  }
}

std::string shell_quote(std::string_view s) {
  auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
  };
  bool plain = !s.empty();
  for (char c : s) plain = plain && safe(c);
  if (plain) return std::string(s);
  return cat("'", replace_all(s, "'", "'\"'\"'"), "'");
}

namespace {

/// Length in bytes of the line break at `i`, 0 when there is none.
std::size_t line_break_length(std::string_view s, std::size_t i) {
  const auto c = static_cast<unsigned char>(s[i]);
  if (c == '\r') return i + 1 < s.size() && s[i + 1] == '\n' ? 2 : 1;
  if (c == '\n' || c == '\v' || c == '\f' || (c >= 0x1c && c <= 0x1e)) return 1;
  if (s.substr(i).starts_with("\xc2\x85")) return 2;
  if (s.substr(i).starts_with("\xe2\x80\xa8") || s.substr(i).starts_with("\xe2\x80\xa9")) return 3;
  return 0;
}

}  // namespace

std::vector<std::string> python_splitlines(std::string_view s) {
  std::vector<std::string> out;
  std::size_t start = 0;
  for (std::size_t i = 0; i < s.size();) {
    const auto n = line_break_length(s, i);
    if (n == 0) {
      ++i;
      continue;
    }
    out.emplace_back(s.substr(start, i - start));
    start = i += n;
  }
  if (start < s.size()) out.emplace_back(s.substr(start));
  return out;
}

std::size_t invalid_utf8(std::string_view s) {
  std::size_t i = 0;
  while (i < s.size()) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x80) {
      ++i;
      std::uint64_t eight = 0;  // ASCII goes by eight
      while (i + sizeof eight <= s.size() && (std::memcpy(&eight, s.data() + i, sizeof eight), (eight & 0x8080808080808080u) == 0)) i += sizeof eight;
      continue;
    }
    const int extra = c >= 0xc2 && c <= 0xdf ? 1 : (c & 0xf0) == 0xe0 ? 2 : c >= 0xf0 && c <= 0xf4 ? 3 : 0;
    if (extra == 0 || i + static_cast<std::size_t>(extra) >= s.size()) {
      if (extra == 0) return i;
    }
    for (int k = 1; k <= extra; ++k) {
      const auto at = i + static_cast<std::size_t>(k);
      if (at >= s.size()) return i;
      const auto d = static_cast<unsigned char>(s[at]);
      const unsigned low = k > 1 ? 0x80 : c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
      const unsigned high = k > 1 ? 0xbf : c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
      if (d < low || d > high) return i;
    }
    i += static_cast<std::size_t>(extra) + 1;
  }
  return std::string_view::npos;
}

namespace {

/// Matches one [seq] at pattern[p] (p behind the '['); returns the index behind ']' or npos when it is not closed.
std::size_t match_set(std::string_view pattern, std::size_t p, char c, bool& hit) {
  const bool negate = p < pattern.size() && pattern[p] == '!';
  if (negate) ++p;
  auto end = p;
  if (end < pattern.size() && pattern[end] == ']') ++end;
  end = pattern.find(']', end);
  if (end == pattern.npos) return end;
  bool found = false;
  for (auto i = p; i < end; ++i) {
    if (i + 2 < end && pattern[i + 1] == '-') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 2;
    } else {
      found = found || pattern[i] == c;
    }
  }
  hit = found != negate;
  return end + 1;
}

}  // namespace

bool fnmatch_python(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    bool ok = false;
    std::size_t next = p;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      mark = n;
      continue;
    }
    if (p < pattern.size()) {
      next = p + 1;
      if (pattern[p] == '?') {
        ok = true;
      } else if (pattern[p] == '[') {
        bool hit = false;
        const auto end = match_set(pattern, p + 1, name[n], hit);
        ok = end == pattern.npos ? name[n] == '[' : hit;
        if (end != pattern.npos) next = end;
      } else {
        ok = pattern[p] == name[n];
      }
    }
    if (ok) {
      ++n;
      p = next;
    } else if (star != std::string_view::npos) {
      p = star;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::size_t utf8_length(std::string_view s) {
  std::size_t n = 0;
  for (char c : s) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto u = static_cast<unsigned char>(c);
    out += kDigits[u >> 4];
    out += kDigits[u & 15];
  }
  return out;
}

}  // namespace pivot
