#include "commands/table_text.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/strings.h"

namespace pivot::commands {

namespace {

constexpr std::size_t kHeaderPadding = 2;

void add_row(std::string& out, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, bool markdown) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += markdown ? "| " : i > 0 ? "  " : "";
    line += cells[i];
    const auto length = utf8_length(cells[i]);
    if (length < widths[i]) line.append(widths[i] - length, ' ');
    if (markdown) line += ' ';
  }
  if (markdown) {
    line += '|';
  } else {
    line.erase(line.find_last_not_of(' ') + 1);
  }
  out += cat(line, "\n");
}

}  // namespace

std::string table_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows, bool markdown) {
  if (rows.empty() && !markdown) return "";
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < header.size(); ++i) {
    auto width = utf8_length(header[i]) + kHeaderPadding;
    for (const auto& row : rows) width = std::max(width, utf8_length(row[i]));
    widths.push_back(width);
  }
  std::string out;
  add_row(out, header, widths, markdown);
  if (markdown) {
    for (auto width : widths) out += cat("|", std::string(width + 2, '-'));
    out += "|\n";
  }
  for (const auto& row : rows) add_row(out, row, widths, markdown);
  return markdown ? out + "\n" : out;
}

namespace {

Value rounded(const Value& value, int precision) {
  if (value.is_list()) {
    List out;
    for (const auto& item : value.as_list()) out.push_back(rounded(item, precision));
    return out;
  }
  if (!value.is_real() || !std::isfinite(value.as_real()) || precision < 0) return value;
  // Both round the exact binary value to the nearest decimal, ties to even.
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, "%.*f", std::min(precision, 150), value.as_real());
  return std::strtod(buffer, nullptr);
}

}  // namespace

std::string rounded_cell(const Value& value, int precision) { return value.is_null() ? "-" : python_str(rounded(value, precision)); }

namespace {

void flatten_into(const Value& value, const std::string& prefix, Map& out) {
  if (!value.is_map()) {
    if (!prefix.empty()) out.set(prefix, value);
    return;
  }
  for (const auto& [key, item] : value.as_map().items)
    flatten_into(item, prefix.empty() ? python_str(key) : cat(prefix, ".", python_str(key)), out);
}

}  // namespace

Map flatten(const Value& value) {
  Map out;
  flatten_into(value, "", out);
  return out;
}

}  // namespace pivot::commands
