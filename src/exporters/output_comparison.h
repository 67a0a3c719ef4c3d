// What differs between two versions of an output: by keys, by rows and columns, by lines, by bytes. Pure functions over contents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

namespace pivot::exporters {

/// Two numbers count as alike when |a - b| <= absolute + relative * max(|a|, |b|).
struct Tolerance {
  double relative = 0;
  double absolute = 0;
  bool covers(double a, double b) const;
};

/// From best to worst.
enum class Likeness : std::uint8_t {
  identical,     ///< the same bytes
  equal,         ///< other bytes, but the same values
  within,        ///< numbers differ, all of them within the tolerance
  incomparable,  ///< the bytes differ, and what that means can't be told
  different,
};

/// The outcome, with the first few differences as lines of text.
struct Comparison {
  Likeness likeness = Likeness::identical;
  std::vector<std::string> details;
  std::size_t differences = 0;  ///< all of them, also those without a line

  static constexpr std::size_t kMostDetails = 10;
  /// Takes note of a difference; the likeness only gets worse.
  void add(Likeness found, std::string detail);
  void merge(const Comparison& part, const std::string& prefix);
};

/// What a file holds, told by the end of its name.
enum class Form : std::uint8_t { json, json_lines, yaml, toml, csv, tsv, pickle, parquet, image, numpy, plain };
Form form_of(std::string_view file);
/// Forms that take the user's own Python (pyarrow or pandas, PIL, numpy).
bool takes_python(Form form);

/// Maps by key, lists by position. NaN is alike to NaN, 1 to 1.0.
Comparison compare_values(const Value& left, const Value& right, const Tolerance& tolerance);
/// Comma or tab separated values: columns by the names of the first row, rows by position; cells that are numbers as numbers.
Comparison compare_tables(std::string_view left, std::string_view right, char separator, const Tolerance& tolerance);
/// Text line by line; what is no UTF-8 by its bytes.
Comparison compare_plain(std::string_view left, std::string_view right);
/// One of the above by `form`; a content that its form's reader refuses is compared as plain. Not for forms that take Python.
Comparison compare_contents(Form form, std::string_view left, std::string_view right, const Tolerance& tolerance);

}  // namespace pivot::exporters
