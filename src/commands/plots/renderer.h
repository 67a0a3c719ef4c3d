// A plot over all revisions: as a Vega-Lite specification, or as images.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"
#include "commands/command.h"
#include "commands/measures.h"
#include "commands/plots/datapoints.h"
#include "commands/plots/definitions.h"

namespace pivot::commands::plots {

struct Image {
  std::string rev, file;
  const std::string* bytes;
};

/// A plot that is ready to be drawn. Either has images or points.
struct Plot {
  std::string name;
  std::vector<Image> images;
  Points points;
  bool is_image = false;
  std::string title, x, y;
  Value x_label, y_label;
  std::vector<YSource> y_sources;
  std::vector<std::string> revs;  ///< those with points
  std::string template_name;      ///< "" = DVC's default
  /// What went wrong: (revision, source or "", why).
  struct Failure {
    std::string rev, source;
    NamedFailure why;
  };
  std::vector<Failure> failures;
  bool empty() const { return points.empty() && images.empty(); }
};

/// Plots in the order of their definitions; warns about those that can't be made.
std::vector<Plot> make_plots(const std::vector<RevisionPlots>& revisions, FieldNames& names, Reporter& out);

/// Where templates are looked for.
struct TemplatePlaces {
  std::string folder, cwd;
};

/// Appends the Vega-Lite specification as JSON text; `anchors`: those of data and style stay, and their values are appended here as a second
/// JSON object. Changes the points to what the template needs. Throws Error for an unknown template, or one that a field is missing for.
void write_specification(std::string& out, Plot& plot, const TemplatePlaces& places, FieldNames& names, std::string* anchors = nullptr);

}  // namespace pivot::commands::plots
