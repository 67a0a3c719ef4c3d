#include "commands/plots/definitions.h"

#include <algorithm>
#include <regex>
#include <set>

#include "base/path.h"
#include "base/strings.h"
#include "text/csv.h"
#include "text/params_file.h"
#include "workspace/collection.h"
#include "workspace/project_files.h"
#include "workspace/targets.h"

namespace pivot::commands::plots {

namespace {

using workspace::Revision;

constexpr std::string_view kProps[] = {"template", "x", "y", "x_label", "y_label", "title", "header"};

Map merged(Map base, const Map& over) {
  for (const auto& [key, value] : over.items) base.set(key.as_string(), value);
  return base;
}

class Collector {
 public:
  Collector(Revision& revision, const std::vector<std::string>& targets, const Map& props)
      : revision_(revision), targets_(targets), props_(props), cwd_(revision.live().cwd()) {}

  void add_sections() {
    for (const auto& [file, sections] : revision_.stages().files) {
      if (sections.plots.is_null() || (sections.plots.is_list() && sections.plots.as_list().empty())) continue;
      const auto config = path::relative(file, cwd_);
      const auto defined = definitions_of(sections.plots);
      std::vector<std::string> places;
      for (const auto& [id, props] : defined) places.push_back(path::normalize(path::join(path::dirname(config), id)));
      auto& into = definition_file(config);
      for (const auto& [id, props] : defined) add_defined(into, config, places, id, props);
    }
  }

  void add_outputs() {
    for (const auto& stage : revision_.stages().stages)
      for (const auto& out : stage.outs) {
        if (out.kind != model::OutKind::plot) continue;
        const auto file = path::relative(out.file, cwd_);
        if (!matches(path::relative(stage.file, cwd_), file)) continue;
        auto& into = definition_file("");
        for (const auto& found : unpacked(file)) merge(into, found, merged(own_props(out), props_));
      }
  }

  void add_targets() {
    for (const auto& target : targets_) {
      if (!found_.empty() && !revision_.files().type(root_path(target))) continue;
      auto& into = definition_file("");
      for (const auto& file : unpacked(path::normalize(target))) merge(into, file, props_);
    }
  }

  std::vector<DefinitionFile> take() { return std::move(found_); }

  /// The properties that the out of this path has as a plot.
  Map props_of_out(const std::string& file) {
    const auto* tracked = revision_.files().out_of(root_path(file));
    if (tracked == nullptr || tracked->out->kind != model::OutKind::plot || tracked->out->file != root_path(file)) return {};
    return own_props(*tracked->out);
  }

  std::string root_path(const std::string& shown) const { return workspace::to_root(revision_.live(), shown); }

 private:
  static std::vector<std::pair<std::string, Map>> definitions_of(const Value& section) {
    std::vector<std::pair<std::string, Map>> out;
    const auto add = [&](const Value& id, const Value& props) {
      for (auto& [known, old] : out)
        if (known == python_str(id)) {
          old = props.is_map() ? props.as_map() : Map{};
          return;
        }
      out.emplace_back(python_str(id), props.is_map() ? props.as_map() : Map{});
    };
    if (section.is_map())
      for (const auto& [id, props] : section.as_map().items) add(id, props);
    if (!section.is_list()) return out;
    for (const auto& item : section.as_list()) {
      if (!item.is_map()) {
        add(item, {});
      } else if (!item.as_map().empty()) {
        add(item.as_map().items[0].first, item.as_map().items[0].second);
      }
    }
    return out;
  }

  void add_defined(DefinitionFile& into, const std::string& config, const std::vector<std::string>& places, const std::string& id, const Map& props) {
    if (!matches(config, id)) return;
    const auto folder = path::dirname(config);
    const auto* y = props.find("y");
    if (y != nullptr && y->is_map()) {
      auto adjusted = props;
      for (const char* axis : {"x", "y"}) {
        const auto* value = adjusted.find(axis);
        if (value == nullptr || !value->is_map()) continue;
        Map files;
        for (const auto& [file, fields] : value->as_map().items) files.set(path::normalize(path::join(folder, python_str(file))), fields);
        adjusted.set(axis, std::move(files));
      }
      merge(into, id, merged(std::move(adjusted), props_));
      return;
    }
    const auto place = path::normalize(path::join(folder, id));
    for (const auto& file : unpacked(place)) {
      // A folder and a file in it may both be defined: the closest definition counts.
      std::string closest;
      for (const auto& other : places)
        if (path::is_inside(file, other) && other.size() > closest.size()) closest = other;
      if (closest == place) merge(into, file, merged(props, props_));
    }
  }

  static Map own_props(const model::Out& out) {
    if (out.plot.is_list()) throw Error("Multiple plots per data file not supported.");
    Map props;
    if (!out.plot.is_map()) return props;
    for (const auto name : kProps)
      if (const auto* value = out.plot.as_map().find(name)) props.set(std::string(name), *value);
    return props;
  }

  /// Targets are patterns that the id, or the id behind its file, begins with.
  bool matches(const std::string& config, const std::string& id) const {
    if (targets_.empty()) return true;
    const auto full = config.empty() ? id : cat(config, "::", id);
    return std::any_of(targets_.begin(), targets_.end(), [&](const auto& target) {
      try {
        const std::regex pattern(target);
        const auto at_start = std::regex_constants::match_continuous;
        return std::regex_search(id, pattern, at_start) || std::regex_search(full, pattern, at_start);
      } catch (const std::regex_error&) {
        return id.starts_with(target) || full.starts_with(target);
      }
    });
  }

  std::vector<std::string> unpacked(const std::string& shown) {
    auto files = revision_.files().below(root_path(shown));
    for (auto& file : files) file = path::relative(file, cwd_);
    return files;
  }

  DefinitionFile& definition_file(const std::string& config) {
    for (auto& file : found_)
      if (file.config == config) return file;
    return found_.emplace_back(DefinitionFile{config, {}});
  }

  static void merge(DefinitionFile& into, const std::string& id, const Map& props) {
    for (auto& [known, old] : into.plots)
      if (known == id) {
        old = merged(std::move(old), props);
        return;
      }
    into.plots.emplace_back(id, props);
  }

  Revision& revision_;
  const std::vector<std::string>& targets_;
  const Map& props_;
  std::string cwd_;
  std::vector<DefinitionFile> found_;
};

/// Columns have the names in the header, or numbers; null when there is no line.
std::shared_ptr<const TableSource> read_table(std::string content, char delimiter, bool header) {
  auto out = std::make_shared<TableSource>();
  out->content = std::move(content);
  out->cells = text::csv::parse(out->content, delimiter);
  if (out->cells.records() == 0) return nullptr;
  out->first = header ? 1 : 0;
  for (std::size_t i = 0; i < out->cells.width_of(0); ++i) out->names.push_back(header ? std::string(out->cells.cells[i]) : std::to_string(i));
  for (std::size_t row = 0; row < out->rows(); ++row) {
    const auto record = row + out->first;
    if (out->cells.width_of(record) <= out->names.size()) continue;
    List rest;
    for (auto i = out->cells.begin_of(record) + out->names.size(); i < out->cells.ends[record]; ++i) rest.emplace_back(out->cells.cells[i]);
    out->rests.emplace(row, std::move(rest));
  }
  return out;
}

Source read_source(Revision& revision, const std::string& file, const std::string& shown, const Map& props) {
  Source out;
  const auto suffix = path::extension(shown);
  const auto fail = [&](const char* type, std::string message) { out.failure = NamedFailure{type, std::move(message)}; };
  const bool is_table = suffix == ".csv" || suffix == ".tsv";
  constexpr std::string_view kKnown[] = {".json", ".yaml", ".yml", ".toml", ".py"};
  if (!is_image(shown) && !is_table && std::find(std::begin(kKnown), std::end(kKnown), suffix) == std::end(kKnown)) {
    fail("PlotMetricTypeError", cat("'", shown, "' - file type error\nOnly JSON, YAML, CSV and TSV formats are supported."));
    return out;
  }
  try {
    auto content = revision.files().read(file);
    if (!content) {
      fail("FileNotFoundError", cat(revision.files().tracked(file) ? "[Errno 2] No storage files available: " : "[Errno 2] No such file or directory: ", python_str_repr(shown)));
    } else if (is_image(shown)) {
      out.bytes = *content;
    } else if (invalid_utf8(*content) != std::string::npos) {
      fail("EncodingError", cat("unable to read: '", shown, "', is not valid utf8"));
    } else if (is_table) {
      const auto* header = props.find("header");
      out.table = read_table(*std::move(content), suffix == ".tsv" ? '\t' : ',', header == nullptr || !header->is_bool() || header->as_bool());
    } else {
      out.data = text::parse_params(*content, shown);
    }
  } catch (const DiskError& e) {
    fail(e.number() == EISDIR ? "IsADirectoryError" : "OSError", e.message());
  } catch (const Error& e) {
    out.failure = name_failure(e, file);
  }
  return out;
}

}  // namespace

bool RevisionPlots::failed() const {
  return failure.has_value() || std::any_of(sources.begin(), sources.end(), [](const auto& s) { return s.second.failure.has_value(); });
}

bool Source::is_empty() const {
  if (table) return table->rows() == 0;
  return data.is_null() || (data.is_list() && data.as_list().empty()) || (data.is_map() && data.as_map().empty());
}

bool is_image(const std::string& file) {
  constexpr std::string_view kSuffixes[] = {".jpg", ".jpeg", ".gif", ".png", ".svg"};
  const auto suffix = path::extension(file);
  return std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) != std::end(kSuffixes);
}

std::vector<std::string> data_files(const std::string& id, const Map& props) {
  std::vector<std::string> out;
  const auto add = [&](std::string file) {
    if (std::find(out.begin(), out.end(), file) == out.end()) out.push_back(std::move(file));
  };
  const auto *x = props.find("x"), *y = props.find("y");
  if (y != nullptr && y->is_map()) {
    for (const auto& [file, fields] : y->as_map().items) add(python_str(file));
  } else {
    add(id);
  }
  if (x != nullptr && x->is_map() && !x->as_map().empty()) add(python_str(x->as_map().items[0].first));
  return out;
}

RevisionPlots collect(Revision& revision, const std::string& name, const std::vector<std::string>& targets, const Map& props) {
  RevisionPlots out;
  out.rev = name;
  Collector collector(revision, targets, props);
  try {
    collector.add_sections();
    collector.add_outputs();
    collector.add_targets();
    out.definitions = collector.take();
  } catch (const Error& e) {
    out.failure = name_failure(e, "");
    return out;
  }
  for (const auto& file : out.definitions)
    for (const auto& [id, own] : file.plots)
      for (const auto& source : data_files(id, own)) {
        if (out.sources.count(source) != 0) continue;
        out.sources.emplace(source, read_source(revision, collector.root_path(source), source, merged(collector.props_of_out(source), props)));
      }
  return out;
}

}  // namespace pivot::commands::plots
