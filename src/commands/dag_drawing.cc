#include "commands/dag_drawing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <unordered_map>

#include "base/rounding.h"
#include "base/strings.h"
#include "commands/dag/layered_graph.h"

namespace pivot::commands {
namespace {

using dag::Point;

constexpr int kBoxHeight = 3;

/// Rounds halves to even, as Python does.
int rounded(double v) { return static_cast<int>(rounded_to_even(v)); }

class Canvas {
 public:
  Canvas(int columns, int lines)
      : lines_(static_cast<std::size_t>(lines), std::u32string(static_cast<std::size_t>(columns), U' ')) {}

  void point(int x, int y, char32_t c) { lines_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = c; }

  /// One character a column, or a line when it is steep.
  void line(Point from, Point to) {
    if (rounded(from.x) > rounded(to.x)) std::swap(from, to);
    const int x0 = rounded(from.x), y0 = rounded(from.y), x1 = rounded(to.x), y1 = rounded(to.y);
    const int dx = x1 - x0, dy = y1 - y0;
    if (dx == 0 && dy == 0) {
      point(x0, y0, U'*');
    } else if (dx >= std::abs(dy)) {
      for (int x = x0; x <= x1; ++x) point(x, y0 + rounded((x - x0) * dy / static_cast<double>(dx)), U'*');
    } else {
      // An upward line counts its columns from its lower end; half columns then fall to the other side.
      const int top = std::min(y0, y1), x_at_top = y0 < y1 ? x0 : x1;
      for (int y = top; y <= std::max(y0, y1); ++y)
        point(x_at_top + rounded((y - top) * dx / static_cast<double>(dy)), y, U'*');
    }
  }

  void box(int x, int y, int width, const std::u32string& label) {
    for (int i = 0; i < width; ++i) {
      const char32_t edge = i == 0 || i == width - 1 ? U'+' : U'-';
      point(x + i, y, edge);
      point(x + i, y + 2, edge);
    }
    point(x, y + 1, U'|');
    point(x + width - 1, y + 1, U'|');
    point(x + 1, y + 1, U' ');
    for (std::size_t i = 0; i < label.size(); ++i) point(x + 2 + static_cast<int>(i), y + 1, label[i]);
    point(x + width - 2, y + 1, U' ');
  }

  std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (i > 0) out += '\n';
      for (auto c : lines_[i]) append_utf8(out, c);
    }
    return out;
  }

 private:
  static void append_utf8(std::string& out, char32_t c) {
    const auto byte = [&](char32_t v) { out += static_cast<char>(static_cast<unsigned char>(v)); };
    if (c < 0x80) {
      byte(c);
    } else if (c < 0x800) {
      byte(0xc0 | (c >> 6)), byte(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      byte(0xe0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3f)), byte(0x80 | (c & 0x3f));
    } else {
      byte(0xf0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3f)), byte(0x80 | ((c >> 6) & 0x3f)), byte(0x80 | (c & 0x3f));
    }
  }

  std::vector<std::u32string> lines_;
};

/// Code points of a name; bytes that are not UTF-8 stay as they are.
std::u32string code_points(std::string_view s) {
  std::u32string out;
  for (std::size_t i = 0; i < s.size();) {
    const auto lead = static_cast<unsigned char>(s[i]);
    const std::size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < s.size(); ++k)
      c = (c << 6) | (static_cast<unsigned char>(s[i + k]) & 0x3f);
    out += c;
    i += length;
  }
  return out;
}

/// Where the line from a box's centre to `target` leaves the box.
Point leave_box(Point centre, int width, Point target) {
  const double half_width = width / 2, half_height = kBoxHeight / 2;  // whole numbers: the frame is drawn on characters
  const double dx = target.x - centre.x, dy = target.y - centre.y;
  // Top, right, bottom, left: the first side that is hit.
  const auto hits = [](double t, double along, double half) {
    return t >= 0 && t <= 1 && along >= -half && along <= half;
  };
  for (const double side : {-half_height, half_height}) {
    if (dy != 0) {
      const double t = side / dy;
      if (hits(t, t * dx, half_width)) return {t * dx + centre.x, t * dy + centre.y};
    }
    const double edge =
        -side / half_height * half_width;  // the right side comes behind the top, the left behind the bottom
    if (dx != 0) {
      const double t = edge / dx;
      if (hits(t, t * dy, half_height)) return {t * dx + centre.x, t * dy + centre.y};
    }
  }
  return centre;
}

/// The lines of one edge, from box to box.
std::vector<Point> path_of(const dag::Boxes& boxes, const dag::Placement& placement, std::size_t edge) {
  const auto [upper, lower] = boxes.edges[edge];
  std::vector<Point> path{placement.boxes[upper]};
  path.insert(path.end(), placement.bends[edge].begin(), placement.bends[edge].end());
  path.push_back(placement.boxes[lower]);
  const auto last = path.size() - 1;
  const auto start = leave_box(path[0], boxes.widths[upper], path[1]);
  const auto end = leave_box(path[last], boxes.widths[lower], path[last - 1]);
  path[0] = start;
  path[last] = end;
  return path;
}

struct Extent {
  double min_x = 0, min_y = 0, max_x = 0, max_y = 0;
  bool any = false;
  void add(double x, double y) {
    min_x = any ? std::min(min_x, x) : x;
    max_x = any ? std::max(max_x, x) : x;
    min_y = any ? std::min(min_y, y) : y;
    max_y = any ? std::max(max_y, y) : y;
    any = true;
  }
};

std::string draw_part(const DagPicture& part) {
  dag::Boxes boxes;
  std::vector<std::u32string> labels;
  for (const auto& name : part.names) {
    labels.push_back(code_points(name));
    boxes.widths.push_back(static_cast<int>(labels.back().size()) + 4);  // frame and a blank on both sides
  }
  boxes.edges = part.edges;
  const auto narrowest = *std::min_element(boxes.widths.begin(), boxes.widths.end());
  const auto placement =
      dag::lay_out(boxes, {.between_columns = narrowest, .between_layers = kBoxHeight, .box_height = kBoxHeight});
  std::vector<std::vector<Point>> paths;
  Extent extent;
  for (std::size_t i = 0; i < boxes.widths.size(); ++i) {
    const auto [x, y] = placement.boxes[i];
    extent.add(x - boxes.widths[i] / 2.0, y);
    extent.add(x + boxes.widths[i] / 2.0, y + kBoxHeight);
  }
  for (std::size_t i = 0; i < boxes.edges.size(); ++i) {
    paths.push_back(path_of(boxes, placement, i));
    for (const auto& point : paths.back()) extent.add(point.x, point.y);
  }
  Canvas canvas(static_cast<int>(rounded_up(extent.max_x) + rounded_up(-extent.min_x)) + 1,
                rounded(extent.max_y - extent.min_y));
  const auto shifted = [&](Point p) { return Point{p.x - extent.min_x, p.y - extent.min_y}; };
  for (const auto& path : paths)
    for (std::size_t i = 1; i < path.size(); ++i) canvas.line(shifted(path[i - 1]), shifted(path[i]));
  for (std::size_t i = 0; i < boxes.widths.size(); ++i) {
    const auto corner = shifted({placement.boxes[i].x - boxes.widths[i] / 2.0, placement.boxes[i].y});
    canvas.box(rounded(corner.x), rounded(corner.y), boxes.widths[i], labels[i]);
  }
  return canvas.text();
}

/// The connected parts, each with its nodes in the order of the whole.
std::vector<DagPicture> parts_of(const DagPicture& picture) {
  const auto n = picture.names.size();
  std::vector<std::vector<std::size_t>> neighbours(n);
  for (const auto& [from, to] : picture.edges) {
    neighbours[from].push_back(to);
    neighbours[to].push_back(from);
  }
  std::vector<std::size_t> part_of(n, SIZE_MAX), index(n);
  std::vector<DagPicture> out;
  for (std::size_t start = 0; start < n; ++start) {
    if (part_of[start] != SIZE_MAX) continue;
    std::vector<std::size_t> members{start};
    part_of[start] = out.size();
    for (std::size_t i = 0; i < members.size(); ++i)
      for (auto x : neighbours[members[i]])
        if (part_of[x] == SIZE_MAX) {
          part_of[x] = out.size();
          members.push_back(x);
        }
    out.emplace_back();
  }
  for (std::size_t v = 0; v < n; ++v) {
    index[v] = out[part_of[v]].names.size();
    out[part_of[v]].names.push_back(picture.names[v]);
  }
  for (const auto& [from, to] : picture.edges) out[part_of[from]].edges.emplace_back(index[from], index[to]);
  return out;
}

std::string in_quotes(std::string_view name) { return cat("\"", name, "\""); }

}  // namespace

std::string ascii_dag(const DagPicture& picture) {
  std::vector<std::string> drawings;
  for (const auto& part : parts_of(picture)) drawings.push_back(draw_part(part));
  return join(drawings, "\n");
}

std::string dot_dag(const DagPicture& picture) {
  std::string out = "strict digraph {\n";
  for (const auto& name : picture.names) out += cat(in_quotes(name), ";\n");
  auto edges = picture.edges;
  std::stable_sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [from, to] : edges)
    out += cat(in_quotes(picture.names[from]), " -> ", in_quotes(picture.names[to]), ";\n");
  return out + "}\n";
}

std::string mermaid_dag(const DagPicture& picture, bool fenced) {
  std::string out = "flowchart TD";
  std::size_t count = 0;
  for (auto& part : parts_of(picture)) {
    auto names = part.names;
    std::sort(names.begin(), names.end());
    std::unordered_map<std::string, std::string> ids;
    for (const auto& name : names) {
      ids[name] = cat("node", std::to_string(++count));
      out += cat("\n\t", ids[name], "[", in_quotes(name), "]");
    }
    std::vector<std::pair<std::string, std::string>> edges;
    for (const auto& [from, to] : part.edges) edges.emplace_back(part.names[from], part.names[to]);
    std::sort(edges.begin(), edges.end());
    for (const auto& [from, to] : edges) out += cat("\n\t", ids[from], "-->", ids[to]);
  }
  return fenced ? cat("```mermaid\n", out, "\n```") : out;
}

DagPicture collapse_groups(const DagPicture& picture) {
  const auto group_of = [](const std::string& name) {
    const auto at = name.find('@');
    return at == name.npos || name.ends_with(".dvc") ? std::string() : name.substr(0, at);
  };
  DagPicture out;
  std::unordered_map<std::string, std::size_t> index;
  std::vector<std::size_t> place(picture.names.size());
  const auto add = [&](std::size_t v, const std::string& name) {
    const auto [it, is_new] = index.emplace(name, out.names.size());
    if (is_new) out.names.push_back(name);
    place[v] = it->second;
  };
  // Groups stand behind the single stages, as in DVC.
  for (std::size_t v = 0; v < picture.names.size(); ++v)
    if (group_of(picture.names[v]).empty()) add(v, picture.names[v]);
  for (std::size_t v = 0; v < picture.names.size(); ++v)
    if (const auto group = group_of(picture.names[v]); !group.empty()) add(v, group);
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (const auto& [from, to] : picture.edges) {
    const std::pair edge(place[from], place[to]);
    if (edge.first != edge.second && seen.insert(edge).second) out.edges.push_back(edge);
  }
  std::stable_sort(out.edges.begin(), out.edges.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });
  return out;
}

}  // namespace pivot::commands
