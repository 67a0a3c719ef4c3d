// Fills a template with a plot, by DVC's rules for its anchors.
#include <algorithm>
#include <set>

#include "base/strings.h"
#include "commands/plots/renderer.h"
#include "commands/plots/template.h"
#include "text/json.h"

namespace pivot::commands::plots {

namespace {

constexpr std::string_view kSplit[] = {"color", "data", "plot_height", "plot_width", "shape", "stroke_dash", "title", "tooltip", "x_label", "y_label", "zoom_and_pan"};
constexpr std::string_view kOptional[] = {"color", "column", "group_by_x", "group_by_y", "group_by", "pivot_field", "plot_height",
                                          "plot_width", "row", "shape", "stroke_dash", "tooltip", "zoom_and_pan"};
constexpr std::string_view kColours[] = {"#945dd6", "#13adc7", "#f46837", "#48bb78", "#4299e1", "#ed8936", "#f56565"};
constexpr std::string_view kShapes[] = {"circle", "square", "triangle", "diamond"};
constexpr int kDashes[][2] = {{1, 0}, {8, 8}, {8, 4}, {4, 4}, {4, 2}, {2, 1}, {1, 1}};
/// Stands for the points in a specification until they are written in its place: nobody's data holds it.
constexpr std::string_view kPointsMark = "\x01points";

List strings(const std::vector<std::string>& words) {
  List out;
  for (const auto& word : words) out.emplace_back(word);
  return out;
}

Map field(const std::string& name) {
  Map out;
  out.set("field", name);
  return out;
}

/// The n-th look: a colour, shape or dash.
Value look(std::string_view name, std::size_t n) {
  if (name == "color") return std::string(kColours[n % std::size(kColours)]);
  if (name == "shape") return std::string(kShapes[n % std::size(kShapes)]);
  const auto& dash = kDashes[n % std::size(kDashes)];
  return List{dash[0], dash[1]};
}

Value mapping(const std::string& field_name, std::string_view name, const std::vector<std::string>& domain) {
  List range;
  for (std::size_t i = 0; i < domain.size(); ++i) range.push_back(look(name, i));
  Map scale, out;
  scale.set("domain", strings(domain));
  scale.set("range", std::move(range));
  out.set("field", field_name);
  out.set("scale", std::move(scale));
  if (name != "color") {
    Map legend;
    legend.set("symbolFillColor", "transparent");
    legend.set("symbolStrokeColor", "grey");
    out.set("legend", std::move(legend));
  }
  return out;
}

class Filling {
 public:
  Filling(Plot& plot, Value content, bool split) : plot_(plot), content_(std::move(content)), split_(split) {
    for (const auto name : kOptional)
      if (has_anchor(content_, name)) optional_.insert(std::string(name));
  }

  void fill() {
    fill_looks();
    fill_text("title", plot_.title);
    for (const char* name : {"x", "y"}) {
      auto value = std::string_view(name) == "x" ? plot_.x : plot_.y;
      for (const char* special : {".", "[", "]"}) value = replace_all(value, special, cat("\\", special));
      content_ = fill_anchor(content_, name, value);
    }
    fill_text("x_label", plot_.x_label);
    fill_text("y_label", plot_.y_label);
    fill_text("data", std::string(kPointsMark));
  }

  const Value& content() const { return content_; }
  const Map& anchors() const { return anchors_; }
  /// The fields that points get joined into one ("filename::field"), and those that they lose; nothing when `keep_all`.
  std::vector<std::string> joined, lost;

 private:
  static bool is_split(std::string_view name) { return std::find(std::begin(kSplit), std::end(kSplit), name) != std::end(kSplit); }

  void fill_text(const std::string& name, const Value& value) {
    if (value.is_null()) return;
    if (split_ && is_split(name)) {
      anchors_.set(anchor(name), value);
    } else {
      if (name == "data" && !has_anchor(content_, name))
        throw Error(cat("Template '", plot_.template_name, "' is not using '", anchor(name), "' anchor"), ErrorKind::unexpected);
      content_ = fill_anchor(content_, name, value);
    }
  }

  void fill_optional(const std::string& name, const Value& value) {
    if (optional_.erase(name) == 0) return;
    if (split_ && is_split(name)) {
      anchors_.set(anchor(name), value);
    } else {
      content_ = fill_anchor(content_, name, value);
    }
  }

  void fill_looks() {
    if (optional_.empty()) return;
    fill_optional("color", mapping("rev", "color", plot_.revs));
    Map zoom;
    zoom.set("name", "grid");
    zoom.set("select", "interval");
    zoom.set("bind", "scales");
    fill_optional("zoom_and_pan", std::move(zoom));
    fill_optional("plot_height", 300);
    fill_optional("plot_width", 300);
    if (plot_.y_sources.size() <= 1) {
      fill_groups({"rev"}, {});
      fill_optional("pivot_field", "datum.rev");
      fill_tooltip({});
      for (const auto& name : std::set<std::string>(optional_)) content_ = fill_anchor(content_, name, Map{});
      lost = {"filename", "field"};
      return;
    }
    fill_several_sources();
  }

  void fill_several_sources() {
    std::set<std::string> files, fields, both;
    for (const auto& y : plot_.y_sources) files.insert(y.file), fields.insert(y.field), both.insert(cat(y.file, "::", y.field));
    std::vector<std::string> varied;
    if (files.size() > 1) varied.emplace_back("filename");
    if (fields.size() > 1) varied.emplace_back("field");
    // The same file and field twice: nothing varies, and there is nothing to tell apart.
    if (varied.empty()) varied.emplace_back("filename");
    const auto& domain = varied.size() == 2 ? both : varied[0] == "filename" ? files : fields;
    const auto joint = join(varied, "::");
    fill_groups({"rev", joint}, {});
    std::string pivot = "datum.rev";
    for (const auto& key : varied) pivot += cat(" + '::' + datum.", key);
    fill_optional("pivot_field", pivot);
    Map facet = field(joint);
    facet.set("sort", List{});
    fill_optional("row", facet);
    fill_optional("column", facet);
    fill_tooltip({joint});
    for (const char* name : {"stroke_dash", "shape"}) fill_optional(name, mapping(joint, name, {domain.begin(), domain.end()}));
    if (varied.size() == 2) {
      joined = lost = varied;
    } else {
      lost = {varied[0] == "filename" ? "field" : "filename"};
    }
  }

  void fill_groups(std::vector<std::string> by, const std::vector<std::string>& more) {
    by.insert(by.end(), more.begin(), more.end());
    fill_optional("group_by", strings(by));
    auto with_x = by, with_y = by;
    with_x.push_back(plot_.x);
    with_y.push_back(plot_.y);
    fill_optional("group_by_x", strings(with_x));
    fill_optional("group_by_y", strings(with_y));
  }

  void fill_tooltip(const std::vector<std::string>& more) {
    List out{field("rev"), field(plot_.x), field(plot_.y)};
    for (const auto& name : more) out.emplace_back(field(name));
    fill_optional("tooltip", std::move(out));
  }

  Plot& plot_;
  Value content_;
  bool split_;
  std::set<std::string> optional_;
  Map anchors_;
};

void fit_points(Points& points, const Filling& filling, FieldNames& names) {
  const auto *file = names.of("filename"), *field_name = names.of("field");
  for (auto& block : points) {
    if (!filling.joined.empty())
      block.set(Column::of_constant(names.of(join(filling.joined, "::")), cat(python_str(*block.find(file)->value(0)), "::", python_str(*block.find(field_name)->value(0)))));
    for (const auto& name : filling.lost) block.erase(names.of(name));
  }
}

void check_field_exists(const Points& points, const std::string& name, FieldNames& names) {
  if (name.empty()) return;
  const auto* key = names.of(name);
  if (std::none_of(points.begin(), points.end(), [&](const auto& block) { return block.find(key) != nullptr; }))
    throw Error(cat("Field '", name, "' does not exist in provided data."), ErrorKind::unexpected);
}

}  // namespace

void Specification::write_filled(TextSink& out, std::string_view with_mark) const {
  const auto mark = text::json::quote(kPointsMark);
  const auto at = with_mark.find(mark);
  out.add(with_mark.substr(0, at));
  if (at == with_mark.npos) return;
  write_points(out, *points);
  out.add(with_mark.substr(at + mark.size()));
}

Specification make_specification(Plot& plot, const TemplatePlaces& places, FieldNames& names, bool split) {
  auto content = load_template(plot.template_name.empty() ? "linear" : plot.template_name, places.folder, places.cwd);
  check_field_exists(plot.points, plot.x, names);
  check_field_exists(plot.points, plot.y, names);
  Filling filling(plot, std::move(content), split);
  filling.fill();
  fit_points(plot.points, filling, names);
  Specification out;
  out.text = text::json::dump(filling.content());
  if (split) out.anchors = text::json::dump(filling.anchors());
  out.points = &plot.points;
  return out;
}

}  // namespace pivot::commands::plots
