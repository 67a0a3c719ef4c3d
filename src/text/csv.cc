#include "text/csv.h"

namespace pivot::text::csv {

std::vector<Record> parse(std::string_view content, char delimiter) {
  enum class At : unsigned char { line_start, cell_start, cell, quoted, quote_in_quoted };
  std::vector<Record> out;
  Record record;
  std::string cell;
  At at = At::line_start;
  auto end_cell = [&] {
    record.push_back(std::move(cell));
    cell.clear();
  };
  auto end_line = [&] {
    if (at != At::line_start) {
      end_cell();
      out.push_back(std::move(record));
      record.clear();
    }
    at = At::line_start;
  };
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (at == At::quoted) {
      if (c == '"') {
        at = At::quote_in_quoted;
      } else {
        cell += c;
      }
    } else if (at == At::quote_in_quoted && c == '"') {
      cell += c;
      at = At::quoted;
    } else if (c == '\n' || c == '\r') {
      end_line();
    } else if (c == delimiter) {
      end_cell();
      at = At::cell_start;
    } else if (c == '"' && (at == At::line_start || at == At::cell_start)) {
      at = At::quoted;
    } else {
      cell += c;
      at = At::cell;
    }
  }
  end_line();
  return out;
}

}  // namespace pivot::text::csv
