#include "text/yaml/flow_reader.h"

#include <cstring>

#include "text/yaml/constructor.h"
#include "text/yaml/resolver.h"

namespace pivot::text::yaml {

namespace {

constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`";

void skip_spaces(const char*& p, const char* end) {
  while (p < end && *p == ' ') ++p;
}

/// The usual escapes of double quotes.
bool escape(char c, std::string& out) {
  switch (c) {
    case 'n': out += '\n'; return true;
    case 't': out += '\t'; return true;
    case 'r': out += '\r'; return true;
    case '"':
    case '\\':
    case '/':
    case ' ': out += c; return true;
    default: return false;
  }
}

/// A line end inside quotes: trailing blanks go, one break becomes a blank, more of them one break less.
bool fold_line(const char*& p, const char* end, bool escaped, std::string& out) {
  std::size_t breaks = 0;
  while (p < end && *p == '\n') {
    ++breaks;
    ++p;
    const char* const start = p;
    skip_spaces(p, end);
    if (p == start && p < end && (*p == '-' || *p == '.')) return false;  // might be a document mark
  }
  if (breaks > 1)
    out.append(breaks - 1, '\n');
  else if (!escaped)
    out += ' ';
  return true;
}

}  // namespace

bool InlineScalars::starts_plain(std::string_view text) {
  if (text.empty() || text[0] == ' ') return false;
  if (kIndicators.find(text[0]) == std::string_view::npos) return true;
  return text[0] == '-' && text.size() > 1 && text[1] != ' ' && text[1] != '-';
}

bool InlineScalars::plain(std::string_view text, bool is_key, Value& out) {
  const CoreTag tag = resolve_plain(text);
  if (tag == CoreTag::str) {
    out = Value(text);
    return true;
  }
  if (tag == CoreTag::value && is_key) {
    out = Value(text);
    return true;
  }
  if (tag == CoreTag::merge || tag == CoreTag::value) return false;
  try {
    out = scalar_value(tag, text, false, Mark{});
  } catch (const SyntaxError&) {
    return false;
  }
  return true;
}

bool InlineScalars::quoted(const char*& p, const char* end, bool multiline, std::string& out) {
  const char quote = *p++;
  while (p < end) {
    const char* const from = p;
    while (p < end && *p != quote && *p != '\n' && !(*p == '\\' && quote == '"')) ++p;
    out.append(from, p);
    if (p == end) return false;
    if (*p == '\n') {
      if (!multiline) return false;
      // (Only blanks that stand there as such are trailing: an escaped one ends in the branch below.)
      std::size_t literal = static_cast<std::size_t>(p - from);
      while (literal > 0 && out.back() == ' ') {
        out.pop_back();
        --literal;
      }
      if (!fold_line(p, end, false, out)) return false;
    } else if (*p == '\\') {
      ++p;
      if (p == end) return false;
      if (*p == '\n') {
        if (!multiline || !fold_line(p, end, true, out)) return false;
      } else if (!escape(*p++, out)) {
        return false;
      }
    } else if (quote == '\'' && p + 1 < end && p[1] == '\'') {
      out += '\'';
      p += 2;
    } else {
      ++p;
      return true;
    }
  }
  return false;
}

bool InlineScalars::flow(const char*& p, const char* eol, Value& out, int depth) {
  if (depth + 1 >= limits_.depth || !count_node()) return false;
  return *p == '[' ? flow_sequence(p, eol, out, depth + 1) : flow_mapping(p, eol, out, depth + 1);
}

bool InlineScalars::flow_sequence(const char*& p, const char* eol, Value& out, int depth) {
  List list;
  ++p;
  skip_spaces(p, eol);
  while (p < eol && *p != ']') {
    list.emplace_back();
    if (!flow_value(p, eol, list.back(), depth)) return false;
    skip_spaces(p, eol);
    if (p == eol || (*p != ',' && *p != ']')) return false;
    if (*p == ',') ++p;
    skip_spaces(p, eol);
  }
  if (p == eol) return false;
  ++p;
  out = Value(std::move(list));
  return true;
}

bool InlineScalars::flow_mapping(const char*& p, const char* eol, Value& out, int depth) {
  Map map;
  KeyIndex index(map.items);
  ++p;
  skip_spaces(p, eol);
  while (p < eol && *p != '}') {
    Value key;
    if (*p == '[' || *p == '{' || !flow_value(p, eol, key, depth)) return false;
    skip_spaces(p, eol);
    if (eol - p < 2 || p[0] != ':' || p[1] != ' ' || index.find(key) != KeyIndex::npos) return false;
    ++p;
    skip_spaces(p, eol);
    Value value;
    if (p == eol || !flow_value(p, eol, value, depth)) return false;
    map.items.emplace_back(std::move(key), std::move(value));
    index.added();
    skip_spaces(p, eol);
    if (p == eol || (*p != ',' && *p != '}')) return false;
    if (*p == ',') ++p;
    skip_spaces(p, eol);
  }
  if (p == eol) return false;
  ++p;
  out = Value(std::move(map));
  return true;
}

bool InlineScalars::flow_value(const char*& p, const char* eol, Value& out, int depth) {
  if (*p == '[' || *p == '{') return flow(p, eol, out, depth);
  if (!count_node()) return false;
  if (*p == '"' || *p == '\'') {
    std::string text;
    if (!quoted(p, eol, false, text)) return false;
    out = Value(std::move(text));
    return true;
  }
  const char* const from = p;
  for (; p < eol && *p != ',' && *p != ']' && *p != '}'; ++p) {
    if (*p == '[' || *p == '{' || *p == '?' || *p == '#') return false;
    if (*p != ':') continue;
    if (p + 1 == eol) return false;
    if (p[1] == ' ') break;
    if (p[1] == ',' || p[1] == ']' || p[1] == '}') return false;
  }
  const char* stop = p;
  while (stop > from && stop[-1] == ' ') --stop;
  const std::string_view text(from, static_cast<std::size_t>(stop - from));
  return starts_plain(text) && text != "<<" && text != "=" && plain(text, false, out);
}

}  // namespace pivot::text::yaml
