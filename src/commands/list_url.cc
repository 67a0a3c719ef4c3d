// `pivot list-url` (`ls-url`): what is behind a URL.
#include <algorithm>
#include <climits>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/project_listing.h"
#include "commands/run_functions.h"
#include "workspace/url_data.h"

namespace pivot::commands {

namespace {

struct Line {
  std::string name;
  std::int64_t size;
  bool is_dir;
};

class UrlListing {
 public:
  UrlListing(workspace::UrlData& source, bool recursive, int depth) : source_(source), recursive_(recursive), depth_(depth) {}

  void add_flat(const std::string& folder, int level) {
    for (auto& file : children(folder)) {
      if (recursive_ && file.is_dir && level < depth_) add_flat(file.path, level + 1);
      else lines.push_back({file.path, file.size, file.is_dir});
    }
  }

  void add_tree(const std::string& folder, const std::string& prefix, int level) {
    if (level >= depth_) return;
    const auto found = children(folder);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool last = i + 1 == found.size();
      lines.push_back({cat(prefix, last ? "└── " : "├── ", path::basename(found[i].path)), found[i].size, found[i].is_dir});
      if (found[i].is_dir) add_tree(found[i].path, cat(prefix, last ? "    " : "│   "), level + 1);
    }
  }

  std::vector<Line> lines;

 private:
  std::vector<store::RemoteFile> children(const std::string& folder) {
    auto out = source_.storage().list_folder(folder);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return out;
  }
  workspace::UrlData& source_;
  bool recursive_;
  int depth_;
};

std::string columns(const std::vector<Line>& lines, bool with_size) {
  std::size_t width = 0;
  std::vector<std::string> sizes;
  for (const auto& line : lines) {
    sizes.push_back(line.is_dir ? "" : natural_size(std::max<std::int64_t>(line.size, 0)));
    width = std::max(width, sizes.back().size());
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    out += cat(with_size ? cat(std::string(width - sizes[i].size(), ' '), sizes[i], "  ") : "", lines[i].name, "\n");
  return out;
}

}  // namespace

Outcome run_list_url(Session& session, const Args& args) {
  const auto url = args.value_or("url", "");
  auto& ws = session.workspace(true);
  workspace::UrlData source(ws.is_project() ? &ws : nullptr, url, session.cwd(), {settings_of(args.values("fs_config")), 0});
  const auto& top = source.look();
  if (!top)
    throw Error(cat("The path '", url, "' does not exist", source.is_local() ? cat(": [Errno 2] No such file or directory: ", python_str_repr(source.url())) : ""));
  const auto level = args.value("level");
  const int depth = level ? std::atoi(level->c_str()) : INT_MAX;
  UrlListing listing(source, args.flag("recursive"), depth);
  if (args.flag("tree")) {
    const auto scheme = source.url().find("://");
    const bool as_typed = scheme == std::string::npos || source.url().starts_with("http");
    listing.lines.push_back({as_typed ? url : source.url().substr(scheme + 3), top->size, top->is_dir});
    if (top->is_dir) listing.add_tree("", "", 0);
  } else if (!top->is_dir) {
    listing.lines.push_back({source.url().starts_with("http") ? source.url() : path::basename(source.url()), top->size, false});
  } else {
    listing.add_flat("", 1);
  }
  return {0, columns(listing.lines, args.flag("size"))};
}

}  // namespace pivot::commands
