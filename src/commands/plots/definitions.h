// What is to be plotted in a revision, and the data: plots of dvc.yaml, plot outputs of stages, files named on the command line.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/value.h"
#include "commands/measures.h"
#include "text/csv.h"
#include "workspace/revision.h"

namespace pivot::commands::plots {

/// Plots of one dvc.yaml ("" = stage outputs and targets): id -> properties (a map), in order.
struct DefinitionFile {
  std::string config;  ///< as seen from the working directory
  std::vector<std::pair<std::string, Map>> plots;
};

/// A table of text, with what its cells mean.
struct TableSource {
  std::string content;
  text::csv::Cells cells;          ///< go into `content`
  std::vector<std::string> names;  ///< of the columns
  std::size_t first = 0;           ///< the record that is row 0
  std::map<std::size_t, Value> rests;  ///< what rows have behind the last column
  std::size_t rows() const { return cells.records() - first; }
};

/// The content of one data file.
struct Source {
  Value data;  ///< parsed; null when empty, or when it is a table
  std::shared_ptr<const TableSource> table;
  std::string bytes;  ///< of an image
  std::optional<NamedFailure> failure;
  /// Nothing to plot: null, no rows, an empty list or map.
  bool is_empty() const;
};

struct RevisionPlots {
  std::string rev;  ///< as the user named it
  std::vector<DefinitionFile> definitions;
  std::optional<NamedFailure> failure;      ///< the definitions can't be read
  std::map<std::string, Source> sources;    ///< by path as seen from the working directory
  bool failed() const;
  bool empty() const { return definitions.empty() && !failure; }
};

/// Is this the name of an image file?
bool is_image(const std::string& file);
/// The files that a plot reads: those of its y, or the file that its id names; and that of its x.
std::vector<std::string> data_files(const std::string& id, const Map& props);

/// Collects one revision. `targets`: files, plot ids or patterns of ids; none: all. `props` go before all that is written anywhere.
RevisionPlots collect(workspace::Revision& revision, const std::string& name, const std::vector<std::string>& targets, const Map& props);

}  // namespace pivot::commands::plots
