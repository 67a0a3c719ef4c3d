#include "store/remotes/s3_xml.h"

#include "base/strings.h"

namespace pivot::store {
namespace {

std::string unescape(std::string text) {
  for (const auto& [from, to] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#34;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}, {"&amp;", "&"}})
    text = replace_all(text, from, to);
  return text;
}

/// The text of the next <tag>...</tag> from `from` on; moves `from` behind it. npos at the end.
std::string next_tag(const std::string& xml, const std::string& tag, std::size_t& from) {
  const auto open = cat("<", tag, ">"), close = cat("</", tag, ">");
  const auto begin = xml.find(open, from);
  if (begin == xml.npos) {
    from = xml.npos;
    return "";
  }
  const auto end = xml.find(close, begin);
  from = end == xml.npos ? xml.npos : end + close.size();
  return unescape(xml.substr(begin + open.size(), end == xml.npos ? 0 : end - begin - open.size()));
}

}  // namespace

std::string tag(const std::string& xml, const std::string& name) {
  std::size_t from = 0;
  return next_tag(xml, name, from);
}

void for_each_tag(const std::string& xml, const std::string& name, const std::function<void(const std::string&)>& take) {
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto entry = next_tag(xml, name, at);
    if (at == std::string::npos && entry.empty()) return;
    take(entry);
  }
}

}  // namespace pivot::store
