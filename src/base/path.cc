#include "base/path.h"

#include <vector>

#include "base/strings.h"

namespace pivot::path {

bool is_absolute(std::string_view p) { return !p.empty() && p[0] == '/'; }

bool is_url(std::string_view p) {
  const auto at = p.find("://");
  if (at == p.npos || at < 2) return false;
  for (std::size_t i = 0; i < at; ++i) {
    const char c = p[i];
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!ok) return false;
  }
  return true;
}

std::string join(std::string_view a, std::string_view b) {
  if (is_absolute(b) || a.empty()) return std::string(b);
  if (b.empty()) return a.back() == '/' ? std::string(a) : cat(a, "/");
  return a.back() == '/' ? cat(a, b) : cat(a, "/", b);
}

std::string normalize(std::string_view p) {
  const bool absolute = is_absolute(p);
  std::vector<std::string_view> parts;
  for (auto part : split(p, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  std::string out(absolute ? "/" : "");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out.empty() ? "." : out;
}

namespace {

/// A path below another one, without empty parts and without ".".
bool is_tidy(std::string_view p) {
  char before = '/';
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (before == '/' && (p[i] == '/' || (p[i] == '.' && (i + 1 == p.size() || p[i + 1] == '/')))) return false;
    before = p[i];
  }
  return before != '/';
}

}  // namespace

std::string relative(std::string_view p, std::string_view start) {
  if (is_absolute(p) && !is_absolute(start)) return std::string(p);  // outside of the repository that `start` is relative to
  // What is asked for thousands of times: a file of the repository from its root.
  if (start == "." && is_tidy(p)) return std::string(p);
  if (p.size() > start.size() && !start.empty() && p[start.size()] == '/' && p.starts_with(start) && is_tidy(p.substr(start.size() + 1)))
    return std::string(p.substr(start.size() + 1));
  auto pieces = [](std::string_view s) {
    std::vector<std::string_view> out;
    for (auto part : split(s, '/'))
      if (!part.empty() && part != ".") out.push_back(part);
    return out;
  };
  const auto a = pieces(p), b = pieces(start);
  std::size_t common = 0;
  while (common < a.size() && common < b.size() && a[common] == b[common]) ++common;
  std::string out;
  for (auto i = common; i < b.size(); ++i) out += out.empty() ? ".." : "/..";
  for (auto i = common; i < a.size(); ++i) {
    if (!out.empty()) out += '/';
    out += a[i];
  }
  return out.empty() ? "." : out;
}

std::string dirname(std::string_view p) {
  const auto at = p.rfind('/');
  if (at == p.npos) return "";
  return at == 0 ? "/" : std::string(p.substr(0, at));
}

std::string basename(std::string_view p) {
  const auto at = p.rfind('/');
  return std::string(at == p.npos ? p : p.substr(at + 1));
}

std::string extension(std::string_view p) {
  const auto name = basename(p);
  const auto at = name.rfind('.');
  const auto first = name.find_first_not_of('.');
  if (at == name.npos || first == name.npos || at < first) return "";
  return name.substr(at);
}

bool is_inside(std::string_view p, std::string_view folder) {
  if (folder == ".") return !is_absolute(p) && !escapes(p);
  if (p == folder || folder == "/") return true;
  return p.size() > folder.size() && p.starts_with(folder) && p[folder.size()] == '/';
}

bool escapes(std::string_view p) { return p == ".." || p.starts_with("../"); }

}  // namespace pivot::path
