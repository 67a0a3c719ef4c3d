// Groups definitions of several revisions into plots.
#include <algorithm>

#include "base/strings.h"
#include "commands/plots/renderer.h"

namespace pivot::commands::plots {

namespace {

struct Part {
  const RevisionPlots* revision;
  std::string id;
  const Map* props;
};
struct Group {
  std::string name;
  std::vector<Part> parts;
};

/// An id that several dvc.yaml files of one revision define goes by its file too.
std::vector<std::pair<std::string, Part>> named_parts(const RevisionPlots& revision) {
  std::vector<std::string> ids;
  for (const auto& file : revision.definitions)
    for (const auto& [id, props] : file.plots)
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  std::vector<std::pair<std::string, Part>> out;
  for (const auto& wanted : ids) {
    std::vector<std::pair<std::string, Part>> found;
    for (const auto& file : revision.definitions)
      for (const auto& [id, props] : file.plots)
        if (id == wanted) found.emplace_back(file.config, Part{&revision, id, &props});
    for (auto& [config, part] : found) out.emplace_back(found.size() == 1 || config.empty() ? wanted : cat(config, "::", wanted), part);
  }
  return out;
}

std::vector<Group> group(const std::vector<RevisionPlots>& revisions) {
  std::vector<Group> out;
  for (const auto& revision : revisions)
    for (auto& [name, part] : named_parts(revision)) {
      auto it = std::find_if(out.begin(), out.end(), [&, &name = name](const auto& g) { return g.name == name; });
      if (it == out.end()) it = out.insert(out.end(), Group{name, {}});
      it->parts.push_back(part);
    }
  return out;
}

std::string text_of(const Map& props, std::string_view key) {
  const auto* value = props.find(key);
  return value != nullptr && !value->is_null() ? python_str(*value) : "";
}

/// Adds a revision's points; the first one with points says what the axes are.
void add_series(Plot& plot, const Part& part, const Map& props, FieldNames& names) {
  std::vector<std::pair<std::string, const Source*>> data;
  for (const auto& file : data_files(part.id, *part.props)) {
    const auto& source = part.revision->sources.at(file);
    if (!source.is_empty()) data.emplace_back(file, &source);
  }
  auto series = make_series(part.id, props, data, part.revision->rev, names);
  if (series.points.empty()) return;
  if (std::find(plot.revs.begin(), plot.revs.end(), part.revision->rev) == plot.revs.end()) plot.revs.push_back(part.revision->rev);
  if (plot.points.empty()) {
    plot.x = series.x;
    plot.y = series.y;
    plot.x_label = series.x_label;
    plot.y_label = series.y_label;
    plot.y_sources = series.y_sources;
    plot.template_name = text_of(props, "template");
    if (props.find("title") != nullptr) plot.title = text_of(props, "title");
  }
  std::move(series.points.begin(), series.points.end(), std::back_inserter(plot.points));
}

}  // namespace

std::vector<Plot> make_plots(const std::vector<RevisionPlots>& revisions, FieldNames& names, Reporter& out) {
  std::vector<Plot> plots;
  for (const auto& g : group(revisions)) {
    Plot plot;
    plot.is_image = is_image(g.parts.back().id);
    plot.name = plot.is_image ? g.parts.back().id : g.name;
    plot.title = plot.name;
    Map props;  // of the first revision that says something
    for (auto it = g.parts.rbegin(); it != g.parts.rend(); ++it)
      for (const auto& [key, value] : it->props->items) props.set(key.as_string(), value);
    for (const auto& part : g.parts) {
      for (const auto& file : data_files(part.id, *part.props)) {
        const auto& source = part.revision->sources.at(file);
        if (source.failure) plot.failures.push_back({part.revision->rev, file, *source.failure});
        if (plot.is_image && !source.bytes.empty()) plot.images.push_back({part.revision->rev, file, &source.bytes});
      }
      if (plot.is_image) continue;
      try {
        add_series(plot, part, props, names);
      } catch (const PlotError& e) {
        out.warning(cat("In ", python_str_repr(part.revision->rev), ", ", lower(e.message())));
        plot.failures.push_back({part.revision->rev, "", {e.type(), e.message()}});
      }
    }
    // DVC names sources first, then what is wrong with the plot.
    std::stable_partition(plot.failures.begin(), plot.failures.end(), [](const auto& f) { return !f.source.empty(); });
    plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace pivot::commands::plots
