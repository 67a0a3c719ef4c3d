#include "commands/plots/terminal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

#include "base/strings.h"

namespace pivot::commands::plots {

namespace {

constexpr int kWidth = 60, kHeight = 15;  // cells of the grid
constexpr int kBar = 40;                  // cells of the longest bar
constexpr std::string_view kMarks[] = {"•", "×", "+", "o", "#", "*"};

std::optional<double> number(const std::optional<Value>& value) {
  if (!value) return std::nullopt;
  double out = 0;
  if (value->is_int()) {
    out = static_cast<double>(value->as_int());
  } else if (value->is_real()) {
    out = value->as_real();
  } else if (value->is_string()) {
    const auto text = trim(value->as_string());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return std::isfinite(out) ? std::optional(out) : std::nullopt;
}

struct Line {
  std::string label;
  std::vector<std::pair<double, double>> points;
};

struct Range {
  double low = 0, high = 0;
  bool known = false;
  void add(double v) {
    low = known ? std::min(low, v) : v;
    high = known ? std::max(high, v) : v;
    known = true;
  }
  double part(double v) const { return high > low ? (v - low) / (high - low) : 0.5; }
};

std::string short_number(double v) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4g", v);
  return buffer;
}

std::string padded(std::string text, std::size_t width) {
  const auto length = utf8_length(text);
  return length < width ? std::string(width - length, ' ') + text : text;
}

/// A grid whose cells say which line went through them first; `connected`: also between its points.
std::string draw_lines(const std::vector<Line>& lines, bool connected) {
  Range x, y;
  for (const auto& line : lines)
    for (const auto& [px, py] : line.points) x.add(px), y.add(py);
  std::vector<std::vector<int>> cells(kHeight, std::vector<int>(kWidth, -1));
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const auto& points = lines[n].points;
    const auto mark = [&](double column, double row) {
      auto& cell = cells[static_cast<std::size_t>(std::lround(row))][static_cast<std::size_t>(std::lround(column))];
      if (cell < 0) cell = static_cast<int>(n);
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double to_x = x.part(points[i].first) * (kWidth - 1), to_y = (1 - y.part(points[i].second)) * (kHeight - 1);
      mark(to_x, to_y);
      if (i == 0 || !connected) continue;
      const double from_x = x.part(points[i - 1].first) * (kWidth - 1), from_y = (1 - y.part(points[i - 1].second)) * (kHeight - 1);
      const int steps = static_cast<int>(std::max(std::abs(to_x - from_x), std::abs(to_y - from_y)));
      for (int s = 1; s < steps; ++s) mark(from_x + (to_x - from_x) * s / steps, from_y + (to_y - from_y) * s / steps);
    }
  }
  const auto top = short_number(y.high), bottom = short_number(y.low);
  const auto margin = std::max(top.size(), bottom.size());
  std::string out;
  for (int row = 0; row < kHeight; ++row) {
    std::string text;
    for (int cell : cells[static_cast<std::size_t>(row)]) text += cell < 0 ? " " : std::string(kMarks[static_cast<std::size_t>(cell) % std::size(kMarks)]);
    text.erase(text.find_last_not_of(' ') + 1);
    out += cat(padded(row == 0 ? top : row == kHeight - 1 ? bottom : "", margin), " │", text, "\n");
  }
  std::string axis;
  for (int i = 0; i < kWidth; ++i) axis += "─";
  const auto left = short_number(x.low), right = short_number(x.high);
  out += cat(std::string(margin, ' '), " └", axis, "\n", std::string(margin + 2, ' '), left, padded(right, kWidth - left.size()), "\n");
  return out;
}

/// One bar for each pair of values, with how often it occurs: confusion matrices and the like; or the numbers themselves.
std::string draw_bars(const std::vector<std::pair<std::string, double>>& bars) {
  std::size_t width = 0;
  double most = 0;
  for (const auto& [label, value] : bars) {
    width = std::max(width, utf8_length(label));
    most = std::max(most, std::abs(value));
  }
  std::string out;
  for (const auto& [label, value] : bars) {
    std::string bar;
    for (int i = 0; i < static_cast<int>(std::lround(most > 0 ? std::abs(value) / most * kBar : 0)); ++i) bar += "█";
    out += cat(padded(label, width), " │", bar, " ", short_number(value), "\n");
  }
  return out;
}

/// How often each pair of values occurs, one row for each y; `normalized`: as parts of their row.
class CountTable {
 public:
  void add(const std::string& x, const std::string& y) {
    counts_[y][x] += 1;
    columns_.try_emplace(x, utf8_length(x));
  }

  std::string draw(bool normalized) const {
    auto widths = columns_;
    std::map<std::string, std::map<std::string, std::string>> cells;
    std::size_t margin = 0;
    for (const auto& [y, row] : counts_) {
      margin = std::max(margin, utf8_length(y));
      double sum = 0;
      for (const auto& [x, count] : row) sum += count;
      for (auto& [x, width] : widths) {
        const auto found = row.find(x);
        const double count = found == row.end() ? 0 : found->second;
        auto& cell = cells[y][x];
        cell = short_number(normalized ? std::round(count / sum * 100) / 100 : count);
        width = std::max(width, cell.size());
      }
    }
    std::string out(margin, ' ');
    out += " │";
    for (const auto& [x, width] : widths) out += cat("  ", padded(x, width));
    out += '\n';
    for (const auto& [y, row] : cells) {
      out += cat(padded(y, margin), " │");
      for (const auto& [x, cell] : row) out += cat("  ", padded(cell, widths.at(x)));
      out += '\n';
    }
    return out;
  }

 private:
  std::map<std::string, std::map<std::string, double>> counts_;  // by y, then x
  std::map<std::string, std::size_t> columns_;                   // x and the width of its name
};

std::string text_of(const std::optional<Value>& value, const char* none) { return value ? python_str(*value) : std::string(none); }

/// The revision, and where several curves belong to one, which it is.
std::string label_of(const Plot& plot, const PointBlock& block, FieldNames& names) {
  const auto text = [&](const char* name) {
    const auto* column = block.find(names.of(name));
    return column != nullptr ? text_of(column->value(0), "") : std::string();
  };
  auto out = text("rev");
  if (plot.y_sources.size() > 1) out += cat(" ", text("filename"), " ", text("field"));
  return out;
}

std::string heading(const Plot& plot) { return cat(plot.title, "   (", plot.y, " over ", plot.x, ")\n"); }

std::string draw_confusion(const Plot& plot, FieldNames& names) {
  std::vector<std::pair<std::string, CountTable>> tables;  // of each revision
  for (const auto& block : plot.points) {
    const auto label = label_of(plot, block, names);
    const auto *x_column = block.find(names.of(plot.x)), *y_column = block.find(names.of(plot.y));
    auto table = std::find_if(tables.begin(), tables.end(), [&](const auto& known) { return known.first == label; });
    if (table == tables.end()) table = tables.insert(tables.end(), {label, {}});
    for (std::size_t row = 0; row < block.rows; ++row)
      table->second.add(text_of(x_column != nullptr ? x_column->value(row) : std::nullopt, "-"),
                        text_of(y_column != nullptr ? y_column->value(row) : std::nullopt, "-"));
  }
  auto out = heading(plot);
  for (const auto& [label, table] : tables) out += cat("  ", label, "\n", table.draw(plot.template_name == "confusion_normalized"));
  return out;
}

std::string draw_plot(const Plot& plot, FieldNames& names) {
  if (plot.template_name.starts_with("confusion")) return draw_confusion(plot, names);
  const bool wants_bars = plot.template_name.starts_with("bar_horizontal");
  std::vector<Line> lines;
  std::map<std::string, double> counts;
  std::vector<std::pair<std::string, double>> bars;
  bool is_line = true;
  for (const auto& block : plot.points) {
    const auto label = label_of(plot, block, names);
    const auto *x_column = block.find(names.of(plot.x)), *y_column = block.find(names.of(plot.y));
    auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& known) { return known.label == label; });
    if (line == lines.end()) line = lines.insert(lines.end(), Line{label, {}});
    for (std::size_t row = 0; row < block.rows; ++row) {
      const auto x = x_column != nullptr ? x_column->value(row) : std::nullopt, y = y_column != nullptr ? y_column->value(row) : std::nullopt;
      const auto px = number(x), py = number(y);
      is_line = is_line && px && py && !wants_bars;
      if (px && py && !wants_bars) {
        line->points.emplace_back(*px, *py);
      } else if (px) {
        bars.emplace_back(cat(label, " ", text_of(y, "-")), *px);
      } else if (py) {
        bars.emplace_back(cat(label, " ", text_of(x, "-")), *py);
      } else {
        counts[cat(label, " ", text_of(x, "-"), " → ", text_of(y, "-"))] += 1;
      }
    }
  }
  for (const auto& count : counts) bars.push_back(count);
  auto out = heading(plot);
  if (!is_line) return out + draw_bars(bars);
  out += draw_lines(lines, !plot.template_name.starts_with("scatter"));
  for (std::size_t i = 0; i < lines.size(); ++i) out += cat("  ", kMarks[i % std::size(kMarks)], " ", lines[i].label, "\n");
  return out;
}

}  // namespace

std::string draw_in_terminal(const std::vector<Plot>& plots, FieldNames& names) {
  std::string out;
  for (const auto& plot : plots) {
    if (plot.empty()) continue;
    if (!out.empty()) out += '\n';
    if (plot.points.empty()) {
      for (const auto& image : plot.images) out += cat(image.file, " (", image.rev, "): an image, ", std::to_string(image.bytes->size()), " bytes\n");
    } else {
      out += draw_plot(plot, names);
    }
  }
  return out;
}

}  // namespace pivot::commands::plots
