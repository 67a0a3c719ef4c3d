#include "commands/plots/datapoints.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/path.h"
#include "base/strings.h"

namespace pivot::commands::plots {

namespace {

constexpr const char* kIndex = "step";
constexpr const char* kRest = "null";  // the field of cells that no header names
constexpr const char* kInferredX = "dvc_inferred_x_value";
constexpr const char* kInferredY = "dvc_inferred_y_value";

struct AxisField {
  std::string file, field;
};

/// The fields of an axis: {"file": "field" or ["field", ...]}.
std::vector<AxisField> axis_fields(const Value* axis) {
  std::vector<AxisField> out;
  if (axis == nullptr || !axis->is_map()) return out;
  for (const auto& [file, fields] : axis->as_map().items) {
    if (fields.is_string()) out.push_back({python_str(file), fields.as_string()});
    if (!fields.is_list()) continue;
    for (const auto& field : fields.as_list()) out.push_back({python_str(file), python_str(field)});
  }
  return out;
}

/// The last name; one that was there before keeps its first place.
std::string last_new_name(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  std::string out;
  for (const auto& name : names)
    if (seen.insert(name).second) out = name;
  return out;
}

/// All lists in a document, depth first.
void visit_lists(const Value& content, std::vector<const List*>& out) {
  if (content.is_list()) {
    out.push_back(&content.as_list());
    return;
  }
  if (!content.is_map()) {
    const char* type = content.is_string() ? "str" : content.is_bool() ? "bool" : content.is_int() ? "int" : content.is_real() ? "float" : "NoneType";
    throw PlotError("AttributeError", cat("'", type, "' object has no attribute 'values'"));
  }
  for (const auto& [key, value] : content.as_map().items)
    if (value.is_container()) visit_lists(value, out);
}

bool all_maps(const List& list) {
  return std::all_of(list.begin(), list.end(), [](const auto& item) { return item.is_map(); });
}

[[noreturn]] void refuse_empty_list() { throw PlotError("AttributeError", "'NoneType' object has no attribute 'keys'"); }

/// Rows that have the same fields.
bool is_table(const List& list) {
  if (!all_maps(list)) return false;
  if (list.empty()) refuse_empty_list();
  const auto& first = list[0].as_map();
  for (const auto& row : list) {
    const auto& items = row.as_map().items;
    // Most rows have the fields of the first in its order.
    const bool same = items.size() <= first.items.size() && std::equal(items.begin(), items.end(), first.items.begin(), [](const auto& a, const auto& b) {
                        return a.first.is_string() && b.first.is_string() && a.first.as_string() == b.first.as_string();
                      });
    if (same) continue;
    for (const auto& [key, value] : items)
      if (first.find(python_str(key)) == nullptr) return false;
  }
  return true;
}

/// The rows of a list of maps as columns.
PointBlock block_of(const List& list, FieldNames& names) {
  PointBlock out;
  out.rows = list.size();
  std::vector<std::pair<const Value*, std::vector<Cell>>> columns;  // by key
  for (std::size_t row = 0; row < list.size(); ++row) {
    const auto& items = list[row].as_map().items;
    for (std::size_t k = 0; k < items.size(); ++k) {
      const auto& key = items[k].first;
      const auto is_it = [&](const auto& column) { return column.first->is_string() && key.is_string() ? column.first->as_string() == key.as_string() : python_str(*column.first) == python_str(key); };
      // Most rows have the fields of the first in its order.
      auto it = k < columns.size() && is_it(columns[k]) ? columns.begin() + static_cast<std::ptrdiff_t>(k) : std::find_if(columns.begin(), columns.end(), is_it);
      if (it == columns.end()) it = columns.insert(columns.end(), {&key, std::vector<Cell>(list.size())});
      it->second[row] = Cell(&items[k].second);
    }
  }
  for (auto& [key, cells] : columns) out.set(Column::of_cells(names.of(python_str(*key)), std::move(cells)));
  return out;
}

/// A table's records as columns. A row that has too much where the first hasn't makes it no table.
PointBlock block_of(const TableSource& table, FieldNames& names) {
  static const Value kNothing;
  PointBlock out;
  if (!table.rests.empty() && table.rests.count(0) == 0) return out;
  out.rows = table.rows();
  const auto width = table.names.size();
  if (table.rests.empty() && table.cells.cells.size() == width * table.cells.records()) {  // no row is short
    for (std::size_t k = 0; k < width; ++k) out.set(Column::of_texts(names.of(table.names[k]), &table.cells.cells[table.first * width + k], width, table.cells.plain));
    return out;
  }
  for (std::size_t k = 0; k < width; ++k) {
    std::vector<Cell> cells;
    cells.reserve(out.rows);
    for (std::size_t row = 0; row < out.rows; ++row) {
      const auto record = row + table.first;
      cells.push_back(k < table.cells.width_of(record) ? Cell(table.cells.cells[table.cells.begin_of(record) + k]) : Cell(&kNothing));
    }
    out.set(Column::of_cells(names.of(table.names[k]), std::move(cells)));
  }
  if (table.rests.empty()) return out;
  std::vector<Cell> cells(out.rows);
  for (const auto& [row, rest] : table.rests) cells[row] = Cell(&rest);
  out.set(Column::of_cells(names.of(kRest), std::move(cells)));
  return out;
}

/// Tables of one document side by side: the n-th rows of all are one point.
Points points_of(const Source& source, FieldNames& names) {
  std::vector<PointBlock> found;
  if (source.table) {
    found.push_back(block_of(*source.table, names));
  } else {
    std::vector<const List*> lists;
    visit_lists(source.data, lists);
    for (const auto* list : lists)
      if (is_table(*list)) found.push_back(block_of(*list, names));
  }
  PointBlock out;
  for (const auto& block : found) out.rows = std::max(out.rows, block.rows);
  for (const auto& block : found)
    for (const auto& column : block.columns) out.set(column.padded(block.rows, out.rows));
  return out.rows > 0 ? Points{std::move(out)} : Points{};
}

/// The last field of the first table.
Value guess_y(const std::string& id, const std::vector<std::pair<std::string, const Source*>>& data) {
  for (const auto& [file, source] : data) {
    if (file != id) continue;
    Map out;
    if (source->table) {
      const auto& names = source->table->names;
      if (source->table->rests.count(0) != 0 || !names.empty()) out.set(id, source->table->rests.count(0) != 0 ? kRest : last_new_name(names));
      return out;
    }
    std::vector<const List*> lists;
    visit_lists(source->data, lists);
    for (const auto* list : lists) {
      if (!all_maps(*list)) continue;
      if (list->empty()) refuse_empty_list();
      const auto& first = (*list)[0].as_map();
      if (!first.items.empty()) out.set(id, python_str(first.items.back().first));
      return out;
    }
  }
  return {};
}

Value infer_x(const std::string& id, const Value* x, const Value* y) {
  if (x == nullptr || !x->is_string()) return x != nullptr ? *x : Value();
  Map out;
  if (y == nullptr || !y->is_map()) {
    out.set(id, *x);
    return out;
  }
  for (const auto& [file, fields] : y->as_map().items)
    out.items.emplace_back(file, fields.is_list() ? Value(List(fields.as_list().size(), *x)) : *x);
  return out;
}

Value infer_label(const Value* label, const Value& axis, const char* none, const char* many) {
  if (label != nullptr && !label->is_null()) return *label;
  if (!axis.is_map()) return none != nullptr ? Value(none) : Value();
  std::set<std::string> fields;
  for (const auto& f : axis_fields(&axis)) fields.insert(f.field);
  return fields.size() == 1 ? Value(*fields.begin()) : Value(many);
}

/// What all paths begin with, in whole parts.
std::size_t common_length(const std::set<std::string>& files) {
  if (files.size() < 2) return 0;
  auto common = *files.begin();
  for (const auto& file : files)
    while (!common.empty() && !path::is_inside(file, common)) common = path::dirname(common);
  return common.size();
}

std::string short_name(const std::string& file, std::size_t common) {
  auto out = file.substr(std::min(common, file.size()));
  while (!out.empty() && (out[0] == '/' || out[0] == '\\')) out.erase(0, 1);
  while (!out.empty() && (out.back() == '/' || out.back() == '\\')) out.pop_back();
  return out;
}

using PointsByFile = std::map<std::string, Points>;

void check_field(const PointsByFile& by_file, const AxisField& wanted, FieldNames& names) {
  const auto it = by_file.find(wanted.file);
  if (it == by_file.end()) return;
  if (it->second.empty()) throw PlotError("TypeError", "argument of type 'NoneType' is not iterable");
  const auto& block = it->second[0];
  if (const auto* column = block.find(names.of(wanted.field)); column != nullptr && column->has(0)) return;
  std::vector<std::string> found;
  for (const auto& column : block.columns)
    if (column.has(0)) found.push_back(*column.name());
  throw PlotError("FieldNotFoundError", cat("Could not find provided field ('", wanted.field, "') in data fields ('", join(found, ", "), "')."));
}

/// Puts x into the points of one y: of the same row in its file, or the number of the row.
void join_x(Points& points, const AxisField* x, const AxisField& y, const std::string& target, const PointsByFile& by_file, FieldNames& names) {
  const auto* into = names.of(target);
  if (x == nullptr) {
    for (auto& block : points) block.set(Column::of_row_numbers(into));
    return;
  }
  const auto rows = [](const Points& of) { return of.empty() ? 0 : of[0].rows; };
  const auto it = by_file.find(x->file);
  if ((it != by_file.end() ? rows(it->second) : 0) != rows(points))
    throw PlotError("DvcException", cat("Cannot join '", x->field, "' from '", x->file, "' and '", y.field, "' from '", y.file, "'. They have to have same length."));
  const auto* from = names.of(x->field);
  if (it == by_file.end()) return;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (const auto* column = it->second[i].find(from)) points[i].set(column->renamed(into));
}

}  // namespace

Series make_series(const std::string& id, const Map& props, const std::vector<std::pair<std::string, const Source*>>& data, const std::string& rev,
                   FieldNames& names) {
  const auto *given_x = props.find("x"), *given_y = props.find("y");
  Value y_axis;
  if (given_y == nullptr || given_y->is_null()) {
    y_axis = guess_y(id, data);
  } else if (given_y->is_map()) {
    y_axis = *given_y;
  } else {
    Map whole;
    whole.set(id, *given_y);
    y_axis = std::move(whole);
  }
  const auto x_axis = infer_x(id, given_x, given_y);
  PointsByFile by_file;
  for (const auto& [file, content] : data) by_file.emplace(file, points_of(*content, names));

  Series out;
  out.y_label = infer_label(props.find("y_label"), y_axis, nullptr, "y");
  out.x_label = infer_label(props.find("x_label"), x_axis, kIndex, "x");
  const auto xs = axis_fields(&x_axis), ys = axis_fields(&y_axis);
  for (const auto* axis : {&xs, &ys})
    for (const auto& field : *axis) check_field(by_file, field, names);
  std::set<std::string> x_fields, y_fields, y_files;
  for (const auto& x : xs) x_fields.insert(x.field);
  for (const auto& y : ys) y_fields.insert(y.field), y_files.insert(y.file);
  out.x = x_fields.size() > 1 ? kInferredX : xs.empty() ? kIndex : xs[0].field;
  out.y = y_fields.size() > 1 ? kInferredY : y_fields.empty() ? "" : *y_fields.begin();
  if (xs.size() > 1 && xs.size() != ys.size())
    throw PlotError("DvcException", cat("Cannot have different number of x and y data sources. Found ", std::to_string(xs.size()), " x and ",
                                        std::to_string(ys.size()), " y data sources."));
  const auto common = common_length(y_files);
  const auto *rev_name = names.of("rev"), *file_name = names.of("filename"), *field_name = names.of("field"), *inferred_y = names.of(kInferredY);
  for (std::size_t i = 0; i < ys.size(); ++i) {
    const auto& y = ys[i];
    out.y_sources.push_back({short_name(y.file, common), y.field});
    const auto it = by_file.find(y.file);
    auto points = it != by_file.end() ? it->second : Points{};
    if (out.y == kInferredY) {
      const auto* from = names.of(y.field);
      for (auto& block : points)
        if (const auto* column = block.find(from)) block.set(Column(column->renamed(inferred_y)));
    }
    join_x(points, xs.empty() ? nullptr : xs.size() > 1 ? &xs[i] : &xs[0], y, out.x, by_file, names);
    for (auto& block : points) {
      block.set(Column::of_constant(rev_name, rev));
      block.set(Column::of_constant(file_name, out.y_sources.back().file));
      block.set(Column::of_constant(field_name, y.field));
    }
    std::move(points.begin(), points.end(), std::back_inserter(out.points));
  }
  return out;
}

}  // namespace pivot::commands::plots
