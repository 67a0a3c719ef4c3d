#include "commands/plots/points.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/strings.h"
#include "text/json.h"

namespace pivot::commands::plots {

Column Column::of_cells(const std::string* name, std::vector<Cell> cells) {
  Column out;
  out.name_ = name;
  out.cells_ = std::make_shared<const std::vector<Cell>>(std::move(cells));
  return out;
}

Column Column::of_texts(const std::string* name, const std::string_view* first, std::size_t stride, bool plain) {
  Column out;
  out.name_ = name;
  out.texts_ = first;
  out.stride_ = stride;
  out.plain_ = plain;
  return out;
}

Column Column::of_constant(const std::string* name, Value value) {
  Column out;
  out.name_ = name;
  out.constant_json_ = text::json::dump(value);
  out.constant_ = std::move(value);
  return out;
}

Column Column::of_row_numbers(const std::string* name) {
  Column out;
  out.name_ = name;
  out.is_row_number_ = true;
  return out;
}

Column Column::renamed(const std::string* name) const {
  auto out = *this;
  out.name_ = name;
  return out;
}

Column Column::padded(std::size_t rows, std::size_t more) const {
  if (rows == more || !cells_) return *this;
  auto cells = *cells_;
  cells.resize(more);
  return of_cells(name_, std::move(cells));
}

Column Column::over(const Column& below, std::size_t rows) const {
  const bool is_whole = !cells_ || std::none_of(cells_->begin(), cells_->end(), [](const Cell& c) { return c.is_absent(); });
  if (is_whole || !below.cells_) return *this;  // constants come last: nothing goes over one that has gaps
  auto cells = *cells_;
  for (std::size_t row = 0; row < rows; ++row)
    if (cells[row].is_absent()) cells[row] = (*below.cells_)[row];
  return of_cells(name_, std::move(cells));
}

std::optional<Value> Column::value(std::size_t row) const {
  if (is_row_number_) return Value(static_cast<std::int64_t>(row));
  if (texts_ != nullptr) return Value(texts_[row * stride_]);
  if (!cells_) return constant_;
  const auto& cell = (*cells_)[row];
  if (cell.is_absent()) return std::nullopt;
  return cell.is_text() ? Value(cell.text()) : cell.value();
}

void Column::write_json(std::string& out, std::size_t row) const {
  if (texts_ != nullptr) {
    text::json::append_quoted(out, texts_[row * stride_]);
    return;
  }
  if (is_row_number_) {
    out += std::to_string(row);
    return;
  }
  if (!cells_) {
    out += constant_json_;
    return;
  }
  const auto& cell = (*cells_)[row];
  if (cell.is_text()) {
    text::json::append_quoted(out, cell.text());
  } else if (cell.value().is_string()) {
    text::json::append_quoted(out, cell.value().as_string());
  } else if (cell.value().is_int()) {
    char digits[24];
    out.append(digits, std::to_chars(std::begin(digits), std::end(digits), cell.value().as_int()).ptr);
  } else {
    out += text::json::dump(cell.value());
  }
}

const Column* PointBlock::find(const std::string* name) const {
  for (const auto& column : columns)
    if (column.name() == name) return &column;
  return nullptr;
}

void PointBlock::set(const Column& column) {
  for (auto& old : columns)
    if (old.name() == column.name()) {
      old = column.over(old, rows);
      return;
    }
  columns.push_back(column);
}

void PointBlock::erase(const std::string* name) {
  std::erase_if(columns, [&](const Column& column) { return column.name() == name; });
}

std::size_t json_size(const Points& points) {
  constexpr std::size_t kAroundField = 8, kValue = 24;
  std::size_t size = 0;
  for (const auto& block : points)
    for (const auto& column : block.columns) size += block.rows * (column.name()->size() + kAroundField + kValue);
  return size;
}

namespace {

/// Rows whose fields are all there and are constants or plain texts: what stands between two texts is the same in every row.
class RowPattern {
 public:
  /// Nothing when the block has other columns.
  static std::optional<RowPattern> of(const PointBlock& block) {
    RowPattern out;
    out.tail_ = "{";
    const char* comma = "";
    for (const auto& column : block.columns) {
      const auto [first, stride] = column.plain_texts();
      if (first == nullptr && column.constant_json().empty()) return std::nullopt;
      out.tail_ += cat(comma, text::json::quote(*column.name()), ": ", column.constant_json());
      comma = ", ";
      if (first == nullptr) continue;
      out.parts_.push_back({std::move(out.tail_) + '"', first, stride});
      out.tail_ = '"';
    }
    out.tail_ += '}';
    return out;
  }

  void write(TextSink& out, std::size_t row) const {
    for (const auto& part : parts_) {
      const auto text = part.first[row * part.stride];
      const auto size = part.before.size() + text.size();
      if (size > TextSink::kBlock) {
        out.add(part.before);
        out.add(text);
        continue;
      }
      char* to = out.room(size);
      std::memcpy(to, part.before.data(), part.before.size());
      std::memcpy(to + part.before.size(), text.data(), text.size());
      out.used(size);
    }
    out.add(tail_);
  }

 private:
  struct Part {
    std::string before;
    const std::string_view* first;
    std::size_t stride;
  };
  std::vector<Part> parts_;
  std::string tail_;
};

void write_row(std::string& out, const PointBlock& block, const std::vector<std::string>& keys, std::size_t row) {
  out += '{';
  std::size_t comma = 2;  // no ", " before the first
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!block.columns[i].has(row)) continue;
    out.append(keys[i], comma);
    comma = 0;
    block.columns[i].write_json(out, row);
  }
  out += '}';
}

}  // namespace

void write_points(TextSink& out, const Points& points) {
  out.add("[");
  std::string_view next;
  std::string text;
  for (const auto& block : points) {
    const auto pattern = RowPattern::of(block);
    std::vector<std::string> keys;
    for (const auto& column : block.columns) keys.push_back(cat(", ", text::json::quote(*column.name()), ": "));
    for (std::size_t row = 0; row < block.rows; ++row) {
      out.add(next);
      next = ", ";
      if (pattern) {
        pattern->write(out, row);
        continue;
      }
      text.clear();
      write_row(text, block, keys, row);
      out.add(text);
    }
  }
  out.add("]");
}

}  // namespace pivot::commands::plots
