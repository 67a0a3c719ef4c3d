#include "exporters/output_comparison.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "text/json.h"
#include "text/toml.h"
#include "text/yaml.h"

namespace pivot::exporters {

namespace {

/// A text that is short enough for a line of a report.
std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string line(text.substr(0, kMost));
  while (!line.empty() && line.size() == kMost && invalid_utf8(line) != std::string_view::npos) line.pop_back();
  return text.size() > line.size() ? line + "…" : line;
}

std::string shown(const Value& value) { return shortened(python_repr(value)); }

bool is_number(const Value& value) { return value.is_int() || value.is_real(); }

double number(const Value& value) { return value.is_int() ? static_cast<double>(value.as_int()) : value.as_real(); }

void compare(const Value& left, const Value& right, const Tolerance& tolerance, const std::string& at, Comparison& out);

void compare_maps(const Map& left, const Map& right, const Tolerance& tolerance, const std::string& at, Comparison& out) {
  auto named = [&at](const Value& key) { return at.empty() ? python_str(key) : cat(at, ".", python_str(key)); };
  auto matching = [](const Map& map, std::size_t hint, const Value& key) -> const Value* {
    if (hint < map.items.size() && python_equal(map.items[hint].first, key)) return &map.items[hint].second;
    for (const auto& [other, value] : map.items)
      if (python_equal(other, key)) return &value;
    return nullptr;
  };
  for (std::size_t i = 0; i < left.items.size(); ++i) {
    const auto& [key, value] = left.items[i];
    if (const auto* other = matching(right, i, key)) {
      compare(value, *other, tolerance, named(key), out);
    } else {
      out.add(Likeness::different, cat(named(key), ": only on the left (", shown(value), ")"));
    }
  }
  for (std::size_t i = 0; i < right.items.size(); ++i)
    if (matching(left, i, right.items[i].first) == nullptr)
      out.add(Likeness::different, cat(named(right.items[i].first), ": only on the right (", shown(right.items[i].second), ")"));
}

void compare_lists(const List& left, const List& right, const Tolerance& tolerance, const std::string& at, Comparison& out) {
  if (left.size() != right.size())
    out.add(Likeness::different, cat(at.empty() ? "the list" : at, ": ", std::to_string(left.size()), " items, ", std::to_string(right.size())));
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    compare(left[i], right[i], tolerance, cat(at, "[", std::to_string(i), "]"), out);
}

void compare(const Value& left, const Value& right, const Tolerance& tolerance, const std::string& at, Comparison& out) {
  if (left.is_map() && right.is_map()) return compare_maps(left.as_map(), right.as_map(), tolerance, at, out);
  if (left.is_list() && right.is_list()) return compare_lists(left.as_list(), right.as_list(), tolerance, at, out);
  if (python_equal(left, right)) return;
  if (is_number(left) && is_number(right)) {
    if (std::isnan(number(left)) && std::isnan(number(right))) return;
    const auto likeness = tolerance.covers(number(left), number(right)) ? Likeness::within : Likeness::different;
    out.add(likeness, cat(at.empty() ? "the value" : at, ": ", shown(left), " and ", shown(right)));
    return;
  }
  out.add(Likeness::different, cat(at.empty() ? "the value" : at, ": ", shown(left), " and ", shown(right)));
}

Value json_lines(std::string_view text) {
  List out;
  for (const auto line : split(text, '\n'))
    if (!trim(line).empty()) out.push_back(text::json::parse(line));
  return Value(std::move(out));
}

Value read_as(Form form, std::string_view content) {
  switch (form) {
    case Form::json: return text::json::parse(content);
    case Form::json_lines: return json_lines(content);
    case Form::yaml: return text::yaml::load(content);
    default: return text::toml_file::parse(content);
  }
}

std::size_t first_difference(std::string_view left, std::string_view right) {
  const auto n = std::min(left.size(), right.size());
  return static_cast<std::size_t>(std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(n), right.begin()).first - left.begin());
}

}  // namespace

bool Tolerance::covers(double a, double b) const {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::isfinite(a) && std::isfinite(b) && std::fabs(a - b) <= absolute + relative * std::max(std::fabs(a), std::fabs(b));
}

void Comparison::add(Likeness found, std::string detail) {
  if (found < likeness && likeness > Likeness::equal) return;
  if (found > likeness) {
    details.clear();  // what is only within the tolerance has no place beside a difference
    differences = 0;
    likeness = found;
  }
  ++differences;
  if (details.size() < kMostDetails) details.push_back(std::move(detail));
}

void Comparison::merge(const Comparison& part, const std::string& prefix) {
  if (part.likeness <= Likeness::equal) {
    likeness = std::max(likeness, part.likeness);
    return;
  }
  for (const auto& detail : part.details) add(part.likeness, cat(prefix, detail));
  if (part.details.empty()) add(part.likeness, prefix);
  differences += part.differences - std::min(part.differences, part.details.size());
}

Form form_of(std::string_view file) {
  static constexpr std::pair<std::string_view, Form> kEnds[] = {
      {".json", Form::json},       {".ipynb", Form::json},      {".geojson", Form::json},  {".jsonl", Form::json_lines}, {".ndjson", Form::json_lines},
      {".yaml", Form::yaml},       {".yml", Form::yaml},        {".toml", Form::toml},     {".csv", Form::csv},          {".tsv", Form::tsv},
      {".pkl", Form::pickle},      {".pickle", Form::pickle},   {".joblib", Form::pickle}, {".pt", Form::pickle},        {".pth", Form::pickle},
      {".parquet", Form::parquet}, {".feather", Form::parquet}, {".png", Form::image},     {".jpg", Form::image},        {".jpeg", Form::image},
      {".gif", Form::image},       {".bmp", Form::image},       {".tif", Form::image},     {".tiff", Form::image},       {".webp", Form::image},
      {".npy", Form::numpy},       {".npz", Form::numpy},
  };
  const auto end = lower(path::extension(file));
  for (const auto& [known, form] : kEnds)
    if (end == known) return form;
  return Form::plain;
}

bool takes_python(Form form) { return form == Form::parquet || form == Form::image || form == Form::numpy; }

Comparison compare_values(const Value& left, const Value& right, const Tolerance& tolerance) {
  Comparison out;
  compare(left, right, tolerance, "", out);
  return out;
}

Comparison compare_plain(std::string_view left, std::string_view right) {
  Comparison out;
  if (left == right) return out;
  if (invalid_utf8(left) != std::string_view::npos || invalid_utf8(right) != std::string_view::npos || left.find('\0') != left.npos) {
    out.add(Likeness::different, cat(std::to_string(left.size()), " bytes and ", std::to_string(right.size()), ", the first difference at byte ",
                                     std::to_string(first_difference(left, right))));
    return out;
  }
  const auto before = split(left, '\n'), after = split(right, '\n');
  if (before.size() != after.size())
    out.add(Likeness::different, cat(std::to_string(before.size()), " lines and ", std::to_string(after.size())));
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i] != after[i]) out.add(Likeness::different, cat("line ", std::to_string(i + 1), ": ", shortened(before[i]), " and ", shortened(after[i])));
  return out;
}

Comparison compare_contents(Form form, std::string_view left, std::string_view right, const Tolerance& tolerance) {
  Comparison out;
  if (left == right) return out;
  if (form == Form::pickle) {
    out.add(Likeness::incomparable, cat("pickled objects: ", std::to_string(left.size()), " bytes and ", std::to_string(right.size()),
                                        "; equal objects may have different bytes"));
    return out;
  }
  if (form == Form::csv || form == Form::tsv) {
    out = compare_tables(left, right, form == Form::csv ? ',' : '\t', tolerance);
  } else if (form == Form::plain) {
    return compare_plain(left, right);
  } else {
    try {
      out = compare_values(read_as(form, left), read_as(form, right), tolerance);
    } catch (const Error&) {
      return compare_plain(left, right);
    }
  }
  out.likeness = std::max(out.likeness, Likeness::equal);
  return out;
}

}  // namespace pivot::exporters
