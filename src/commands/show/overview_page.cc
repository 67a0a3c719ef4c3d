// The project at one look, as a page: one file with everything in it.
#include <algorithm>

#include "base/path.h"
#include "base/strings.h"
#include "commands/plots/page.h"
#include "commands/show/overview.h"
#include "commands/table_text.h"
#include "text/yaml/base64.h"

namespace pivot::commands {

namespace {

using plots::html_escape;

constexpr int kPrecision = 5;
constexpr std::size_t kBoxWidth = 170, kBoxHeight = 44, kGapX = 60, kGapY = 18, kMargin = 8, kMostLetters = 21;

/// A stage's column: one more than the last of those that it comes after.
std::vector<std::size_t> layers(const DagPicture& graph) {
  std::vector<std::size_t> out(graph.names.size(), 0);
  for (std::size_t round = 0, moved = 1; moved != 0 && round <= graph.names.size(); ++round) {
    moved = 0;
    for (const auto& [from, to] : graph.edges)
      if (out[to] <= out[from]) out[to] = out[from] + 1, moved = 1;
  }
  return out;
}

struct Place {
  std::size_t x, y;
};

std::string number(std::size_t n) { return std::to_string(n); }

/// The graph from left to right, its stages in the colours of their states.
std::string graph_svg(const Overview& overview) {
  const auto layer = layers(overview.graph);
  std::vector<std::size_t> used;  // rows of each layer
  std::vector<Place> places;
  for (const auto at : layer) {
    if (used.size() <= at) used.resize(at + 1, 0);
    places.push_back({kMargin + at * (kBoxWidth + kGapX), kMargin + used[at]++ * (kBoxHeight + kGapY)});
  }
  const auto rows = used.empty() ? 0 : *std::max_element(used.begin(), used.end());
  const auto width = used.size() * (kBoxWidth + kGapX) - kGapX + 2 * kMargin, height = rows * (kBoxHeight + kGapY) - kGapY + 2 * kMargin;
  auto out = cat("<svg class=\"graph\" role=\"img\" aria-label=\"The graph of stages\" width=\"", number(width), "\" height=\"", number(height), "\" viewBox=\"0 0 ", number(width), " ", number(height), "\">\n");
  for (const auto& [from, to] : overview.graph.edges) {
    const auto x1 = places[from].x + kBoxWidth, y1 = places[from].y + kBoxHeight / 2, x2 = places[to].x, y2 = places[to].y + kBoxHeight / 2;
    out += cat("<path d=\"M", number(x1), " ", number(y1), " C", number(x1 + kGapX / 2), " ", number(y1), " ", number(x2 - kGapX / 2), " ", number(y2), " ", number(x2), " ", number(y2), "\"/>\n");
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& stage = overview.stages[i];
    const auto shown = utf8_length(stage.name) <= kMostLetters ? stage.name : cat("…", stage.name.substr(stage.name.size() - std::min(stage.name.size(), kMostLetters - 1)));
    out += cat("<g class=\"", stage.changed ? "changed" : "unchanged", "\"><title>", html_escape(cat(stage.name, stage.reasons.empty() ? "" : ": ", join(stage.reasons, "; "))), "</title><rect x=\"",
               number(places[i].x), "\" y=\"", number(places[i].y), "\" width=\"", number(kBoxWidth), "\" height=\"", number(kBoxHeight), "\" rx=\"6\"/><text x=\"",
               number(places[i].x + 10), "\" y=\"", number(places[i].y + 18), "\">", html_escape(shown), "</text><text class=\"small\" x=\"", number(places[i].x + 10), "\" y=\"",
               number(places[i].y + 35), "\">", stage.changed ? "changed" : "unchanged", stage.seconds ? cat(" · ", duration_text(*stage.seconds)) : "", "</text></g>\n");
  }
  return out + "</svg>\n";
}

std::string table_html(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<table><thead><tr>";
  for (const auto& cell : header) out += cat("<th>", html_escape(cell), "</th>");
  out += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (const auto& cell : row) out += cat("<td>", replace_all(html_escape(cell), "\n", "<br>"), "</td>");
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

std::string section(const std::string& title, const std::string& content) { return cat("<section class=\"whole\"><h2>", html_escape(title), "</h2>\n", content, "</section>\n"); }

std::string stages_html(const Overview& overview) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& stage : overview.stages)
    rows.push_back({stage.name, cat(stage.changed ? "changed" : "unchanged", stage.frozen ? " (frozen)" : ""), stage.seconds ? duration_text(*stage.seconds) : "-", join(stage.reasons, "\n")});
  return cat("<div class=\"wide\">", graph_svg(overview), "</div>\n", table_html({"Stage", "State", "Last run", "Why"}, rows));
}

std::string values_html(const Overview& overview, const Map& files, const char* title) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [file, keys] : files.items)
    for (const auto& [key, entry] : keys.as_map().items) {
      const auto cell = [&, &e = entry](const char* name) {
        const auto* value = e.as_map().find(name);
        return value == nullptr || value->is_null() ? std::string("-") : rounded_cell(*value, kPrecision);
      };
      const bool same = !overview.has_head || python_equal(*entry.as_map().find("old"), *entry.as_map().find("new"));
      rows.push_back({file.as_string(), key.as_string(), cell("new"), same ? "" : cell("old"), same ? "" : cell("diff")});
    }
  return rows.empty() ? "" : section(cat(title, "s"), table_html({"Path", title, "workspace", "HEAD", "Change"}, rows));
}

/// An image as an address that holds it.
std::string data_uri(const plots::Image& image) {
  const auto suffix = lower(path::extension(image.file));
  const char* type = suffix == ".svg" ? "svg+xml" : suffix == ".jpg" ? "jpeg" : suffix.c_str() + 1;
  return cat("data:image/", type, ";base64,", replace_all(text::yaml::encode_base64(*image.bytes), "\n", ""));
}

}  // namespace

std::string overview_page(Overview& overview, const plots::TemplatePlaces& places, const std::string& title) {
  std::string before = cat("<h1>", html_escape(title), "</h1>\n");
  if (!overview.stages.empty()) before += section("Stages", stages_html(overview));
  before += values_html(overview, overview.params, "Param") + values_html(overview, overview.metrics, "Metric");
  std::string problems;
  for (const auto& problem : overview.problems) problems += cat("<li>", html_escape(problem), "</li>\n");
  if (!problems.empty()) before += section("Could not be read", cat("<ul>", problems, "</ul>\n"));
  std::vector<plots::PageElement> elements;
  for (auto& plot : overview.plots) {
    plots::PageElement element{plot.name, {}, {}};
    for (const auto& image : plot.images) element.pictures.push_back({image.rev, data_uri(image)});
    if (!plot.points.empty()) element.vega = plots::make_specification(plot, places, overview.names);
    if (!plot.empty()) elements.push_back(std::move(element));
  }
  return plots::html_page(elements, {.title = title, .before = before, .page_template = ""});
}

}  // namespace pivot::commands
