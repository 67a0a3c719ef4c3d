#include "exporters/anchors.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace pivot::exporters {

namespace {

/// An anchor or alias in a piece: where the number stands.
struct Mention {
  std::size_t piece;
  std::size_t begin;
  std::size_t size;
  bool alias;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Finds `&id001` or `*id001` (by `mark`) where a value can begin, with nothing behind.
void find_marked(std::string_view text, std::string_view mark, std::size_t piece, std::vector<Mention>& out) {
  constexpr std::size_t kFewestDigits = 3;
  for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
    const bool at_value = at >= 2 && text[at - 1] == ' ' && (text[at - 2] == ':' || text[at - 2] == '-');
    const auto begin = at + mark.size();
    auto end = begin;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (!at_value || end - begin < kFewestDigits || (end < text.size() && text[end] != '\n')) continue;
    out.push_back({piece, begin, end - begin, mark[0] == '*'});
  }
}

void find_mentions(std::string_view text, std::size_t piece, std::vector<Mention>& out) {
  const auto first = out.size();
  find_marked(text, "&id", piece, out);
  find_marked(text, "*id", piece, out);
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
            [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
}

}  // namespace

bool may_hold_anchors(std::string_view text) { return text.find("&id") != std::string_view::npos || text.find("*id") != std::string_view::npos; }

std::string join_with_anchors(const std::vector<TextPiece>& pieces, bool has_none) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.text.size();
  std::vector<Mention> mentions;
  for (std::size_t i = 0; i < pieces.size() && !has_none; ++i) find_mentions(pieces[i].text, i, mentions);
  std::map<std::pair<std::size_t, std::string_view>, std::string> numbers;
  const auto key_of = [&](const Mention& mention) {
    return std::pair(pieces[mention.piece].scope, pieces[mention.piece].text.substr(mention.begin, mention.size));
  };
  for (const auto& mention : mentions) {
    if (!mention.alias || numbers.count(key_of(mention)) != 0) continue;
    char number[24];
    std::snprintf(number, sizeof number, "%03zu", numbers.size() + 1);
    numbers.emplace(key_of(mention), number);
  }
  std::string out;
  out.reserve(size + 16);
  std::size_t next = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::size_t at = 0;
    for (; next < mentions.size() && mentions[next].piece == i; ++next) {
      const auto found = numbers.find(key_of(mentions[next]));
      if (found == numbers.end()) continue;
      out.append(pieces[i].text.substr(at, mentions[next].begin - at));
      out += found->second;
      at = mentions[next].begin + mentions[next].size;
    }
    out.append(pieces[i].text.substr(at));
  }
  return out;
}

}  // namespace pivot::exporters
