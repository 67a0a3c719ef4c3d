// Data of whatever form as points of a plot: rows of fields, with x and y found where nobody named them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"
#include "commands/plots/definitions.h"
#include "commands/plots/points.h"

namespace pivot::commands::plots {

/// A plot that can't be made of its data; `type` is what DVC calls it.
class PlotError : public Error {
 public:
  PlotError(std::string type, std::string message) : Error(std::move(message)), type_(std::move(type)) {}
  const std::string& type() const { return type_; }

 private:
  std::string type_;
};

/// Where a y value comes from.
struct YSource {
  std::string file;  ///< short: without what all files have in common
  std::string field;
};

/// One revision's part of a plot, ready to be drawn.
struct Series {
  Points points;
  std::string x, y;  ///< fields
  Value x_label, y_label;
  std::vector<YSource> y_sources;
};

/// `id`: of the plot or its file; `data`: files with their content. Throws PlotError.
Series make_series(const std::string& id, const Map& props, const std::vector<std::pair<std::string, const Source*>>& data, const std::string& rev,
                   FieldNames& names);

}  // namespace pivot::commands::plots
