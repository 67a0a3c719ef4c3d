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

/// A Vega-Lite specification as JSON text; points, which are most of it, are written in their place when it is written.
struct Specification {
  std::string text;     ///< "" = none
  std::string anchors;  ///< the values of anchors that stayed in the text, a JSON object; "" unless they were to stay
  const Points* points = nullptr;
  void write(TextSink& out) const { write_filled(out, text); }
  void write_anchors(TextSink& out) const { write_filled(out, anchors); }

 private:
  void write_filled(TextSink& out, std::string_view with_mark) const;
};

/// The plot has to outlive it: its points are changed to what the template needs. `split`: anchors of data and style stay.
/// Throws Error for an unknown template, or one that a field is missing for.
Specification make_specification(Plot& plot, const TemplatePlaces& places, FieldNames& names, bool split = false);

}  // namespace pivot::commands::plots
