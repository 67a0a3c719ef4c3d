// Tables of text: RFC 4180's quotes, read cell by cell.
#include <charconv>
#include <unordered_map>

#include "base/strings.h"
#include "exporters/output_comparison.h"

namespace pivot::exporters {

namespace {

using Row = std::vector<std::string>;

/// Gives one row after the other.
class TableReader {
 public:
  TableReader(std::string_view text, char separator) : text_(text), separator_(separator) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }
  /// False at the end of the text; blank lines are passed over.
  bool next(Row& row) {
    do {
      if (at_ >= text_.size()) return false;
      row.clear();
      while (cell(row)) {
      }
    } while (row.size() == 1 && row[0].empty());
    return true;
  }

 private:
  /// Reads a cell and what ends it; false at the end of the row.
  bool cell(Row& row) {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        value += text_[at_];
      }
      ++at_;
    }
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') value += text_[at_++];
    const bool more = at_ < text_.size() && text_[at_] == separator_;
    if (at_ < text_.size()) ++at_;
    if (!more && value.ends_with('\r')) value.pop_back();
    row.push_back(std::move(value));
    return more;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
};

bool read_number(const std::string& cell, double& out) {
  const auto text = trim(cell);
  if (text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data() + (text[0] == '+' ? 1 : 0), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// For each column of the left its place on the right; columns of one side only are told.
std::vector<std::pair<std::size_t, std::size_t>> match_columns(const Row& left, const Row& right, Comparison& out) {
  std::unordered_multimap<std::string_view, std::size_t> places;
  for (std::size_t i = right.size(); i-- > 0;) places.emplace(right[i], i);
  std::vector<std::pair<std::size_t, std::size_t>> columns;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto found = places.find(left[i]);
    if (found == places.end()) {
      out.add(Likeness::different, cat("column '", left[i], "': only on the left"));
      continue;
    }
    columns.emplace_back(i, found->second);
    places.erase(found);
  }
  for (const auto& name : right)
    if (const auto found = places.find(name); found != places.end()) {
      out.add(Likeness::different, cat("column '", name, "': only on the right"));
      places.erase(found);
    }
  return columns;
}

void compare_cells(const std::string& left, const std::string& right, const std::string& column, std::size_t row, const Tolerance& tolerance,
                   Comparison& out) {
  if (left == right) return;
  double a = 0, b = 0;
  auto likeness = Likeness::different;
  if (read_number(left, a) && read_number(right, b)) {
    if (a == b) return;
    if (tolerance.covers(a, b)) likeness = Likeness::within;
  }
  out.add(likeness, cat("row ", std::to_string(row), ", column '", column, "': ", left, " and ", right));
}

}  // namespace

Comparison compare_tables(std::string_view left, std::string_view right, char separator, const Tolerance& tolerance) {
  Comparison out;
  TableReader before(left, separator), after(right, separator);
  Row names, other_names;
  const bool has_left = before.next(names), has_right = after.next(other_names);
  if (!has_left || !has_right) {
    if (has_left != has_right) out.add(Likeness::different, cat("the table is empty on the ", has_left ? "right" : "left"));
    return out;
  }
  const auto columns = match_columns(names, other_names, out);
  Row row, other;
  std::size_t number = 0, extra_left = 0, extra_right = 0;
  while (true) {
    const bool a = before.next(row), b = after.next(other);
    if (!a && !b) break;
    ++number;
    if (!a || !b) {
      ++(a ? extra_left : extra_right);
      continue;
    }
    for (const auto& [i, j] : columns) {
      static const std::string kNone;
      compare_cells(i < row.size() ? row[i] : kNone, j < other.size() ? other[j] : kNone, names[i], number, tolerance, out);
    }
  }
  if (extra_left + extra_right > 0)
    out.add(Likeness::different, cat(std::to_string(number - extra_right), " rows and ", std::to_string(number - extra_left)));
  return out;
}

}  // namespace pivot::exporters
