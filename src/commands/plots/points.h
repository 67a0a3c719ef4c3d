// Points of a plot, held by columns: plots have many points with few fields, and most of a point is the same as in its neighbours.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text_sink.h"
#include "base/value.h"

namespace pivot::commands::plots {

/// Names of fields, each kept once.
class FieldNames {
 public:
  const std::string* of(const std::string& name) { return &*names_.insert(name).first; }

 private:
  std::set<std::string> names_;
};

/// What a point has in a field: a text, a value, or nothing. Both live elsewhere, as long as the data that was read.
class Cell {
 public:
  Cell() = default;
  explicit Cell(std::string_view text) : at_(text.data()), size_(text.size()) {}
  explicit Cell(const Value* value) : at_(value), size_(kIsValue) {}
  bool is_absent() const { return at_ == nullptr; }
  bool is_text() const { return size_ != kIsValue; }
  std::string_view text() const { return {static_cast<const char*>(at_), size_}; }
  const Value& value() const { return *static_cast<const Value*>(at_); }

 private:
  static constexpr std::size_t kIsValue = ~std::size_t{0};
  const void* at_ = nullptr;
  std::size_t size_ = 0;
};

/// One field of many points. Cheap to copy.
class Column {
 public:
  static Column of_cells(const std::string* name, std::vector<Cell> cells);
  /// Every `stride`-th text from `first` on; they live elsewhere. `plain`: none has a character that JSON writes in another way.
  static Column of_texts(const std::string* name, const std::string_view* first, std::size_t stride, bool plain);
  static Column of_constant(const std::string* name, Value value);
  /// 0, 1, 2, ...
  static Column of_row_numbers(const std::string* name);
  Column renamed(const std::string* name) const;
  /// For more rows: they have nothing.
  Column padded(std::size_t rows, std::size_t more) const;
  /// This column; where it has nothing, what `below` has.
  Column over(const Column& below, std::size_t rows) const;

  const std::string* name() const { return name_; }
  bool has(std::size_t row) const { return !cells_ || !(*cells_)[row].is_absent(); }
  std::optional<Value> value(std::size_t row) const;
  /// Appends the value as JSON; only where has() is true.
  void write_json(std::string& out, std::size_t row) const;

  /// The same value in every row, as JSON; "" for other columns.
  const std::string& constant_json() const { return constant_json_; }
  /// The first of the texts and the step to the next, when they are plain; null for other columns.
  std::pair<const std::string_view*, std::size_t> plain_texts() const { return {plain_ ? texts_ : nullptr, stride_}; }

 private:
  const std::string* name_ = nullptr;
  std::shared_ptr<const std::vector<Cell>> cells_;  ///< null: texts, a constant or the rows' numbers
  const std::string_view* texts_ = nullptr;
  std::size_t stride_ = 0;
  Value constant_;
  std::string constant_json_;
  bool is_row_number_ = false;
  bool plain_ = false;
};

/// Points that have the same fields, in order.
struct PointBlock {
  std::size_t rows = 0;
  std::vector<Column> columns;
  const Column* find(const std::string* name) const;
  /// Replaces a column of this name, or appends it.
  void set(const Column& column);
  void erase(const std::string* name);
};

/// No block is without rows.
using Points = std::vector<PointBlock>;

/// About how long they are as JSON.
std::size_t json_size(const Points& points);
/// Writes a JSON list of objects.
void write_points(TextSink& out, const Points& points);

}  // namespace pivot::commands::plots
