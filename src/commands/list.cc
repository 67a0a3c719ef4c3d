// `pivot list` (`ls`) and `pivot du`: what a local repository holds, tracked data included.
#include <algorithm>
#include <charconv>
#include <climits>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/import_run.h"
#include "commands/project_listing.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "text/json.h"
#include "workspace/source_repository.h"

namespace pivot::commands {

namespace {

struct Line {
  std::string name;
  Listed entry;
};

/// Size, hash and name of each line; the sizes end under each other.
std::string columns(const std::vector<Line>& lines, bool with_size, bool with_hash) {
  std::vector<std::string> sizes;
  std::size_t size_width = 0, hash_width = 0;
  const auto hash_of = [](const Line& line) { return line.entry.hash.empty() ? std::string("-") : line.entry.hash; };
  for (const auto& line : lines) {
    const auto& size = line.entry.size;
    sizes.push_back(!size || (*size <= 0 && line.entry.is_dir) ? "" : natural_size(*size));
    size_width = std::max(size_width, sizes.back().size());
    hash_width = std::max(hash_width, hash_of(line).size());
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (with_size) out += cat(std::string(size_width - sizes[i].size(), ' '), sizes[i], "  ");
    if (with_hash) out += cat(hash_of(lines[i]), std::string(hash_width - hash_of(lines[i]).size() + 2, ' '));
    out += cat(lines[i].name, "\n");
  }
  return out;
}

struct Wish {
  bool tracked_only;
  int depth;  ///< INT_MAX: no limit
};

void add_tree(ProjectListing& listing, const Listed& entry, const std::string& name, const std::string& prefix, const Wish& wish, std::vector<Line>& out) {
  out.push_back({name, entry});
  if (!entry.is_dir || wish.depth <= 0) return;
  const auto children = listing.list(entry.path, wish.tracked_only);
  for (std::size_t i = 0; i < children.size(); ++i) {
    const bool last = i + 1 == children.size();
    const auto& child = children[i];
    std::vector<Line> lines;
    add_tree(listing, child, path::basename(child.path), "", {wish.tracked_only, wish.depth == INT_MAX ? INT_MAX : wish.depth - 1}, lines);
    for (std::size_t k = 0; k < lines.size(); ++k)
      out.push_back({cat(prefix, k == 0 ? (last ? "└── " : "├── ") : (last ? "    " : "│   "), lines[k].name), std::move(lines[k].entry)});
  }
}

void add_list(ProjectListing& listing, const std::string& folder, const std::string& prefix, bool recursive, const Wish& wish, std::vector<Line>& out) {
  for (auto& child : listing.list(folder, wish.tracked_only)) {
    const auto name = cat(prefix, path::basename(child.path));
    if (recursive && child.is_dir && wish.depth > 1) {
      add_list(listing, child.path, cat(name, "/"), true, {wish.tracked_only, wish.depth == INT_MAX ? INT_MAX : wish.depth - 1}, out);
    } else if (!recursive || !child.is_dir || wish.depth <= 1) {
      out.push_back({name, std::move(child)});
    }
  }
}

Listed wanted(ProjectListing& listing, const std::string& typed, bool tracked_only) {
  const auto file = listing.inside(typed);
  auto found = listing.find(file, tracked_only);
  if (!found && tracked_only) found = listing.find(file, false);
  if (!found) {
    const auto shown = file == "." ? listing.root() : cat(listing.root(), "/", file);
    throw Error(cat("[Errno 2] No such file or directory: ", python_str_repr(shown)), ErrorKind::refusal);
  }
  return *std::move(found);
}

std::string list_json(const std::vector<Line>& lines) {
  List out;
  for (const auto& line : lines) {
    Map entry;
    entry.set("isout", line.entry.is_out);
    entry.set("isdir", line.entry.is_dir);
    entry.set("isexec", line.entry.is_exec);
    entry.set("size", line.entry.size ? Value(*line.entry.size) : Value());
    entry.set("md5", line.entry.hash.empty() ? Value() : Value(line.entry.hash));
    entry.set("path", line.name);
    out.emplace_back(std::move(entry));
  }
  return cat(text::json::dump(out), "\n");
}

workspace::SourceRepository::Wish wish_of(Session& session, const Args& args) {
  workspace::SourceRepository::Wish out;
  out.url = args.value_or("url", ".");
  out.base = session.cwd();
  out.rev = args.value("rev");
  out.any_folder = true;
  add_settings(args, session.cwd(), out);
  return out;
}

std::string list_text(Session& session, const Args& args) {
  workspace::SourceRepository source(wish_of(session, args));
  ProjectListing listing(source, session.cwd());
  Wish wish{args.flag("dvc_only"), INT_MAX};
  if (const auto level = args.value("level")) std::from_chars(level->data(), level->data() + level->size(), wish.depth);
  const auto typed = args.value_or("path", "");
  const auto start = wanted(listing, typed, wish.tracked_only);
  const bool with_size = args.flag("size"), with_hash = args.flag("show_hash");
  std::vector<Line> lines;
  if (args.flag("tree")) {
    add_tree(listing, start, typed.empty() ? "." : typed, "", wish, lines);
    return columns(lines, with_size, with_hash);
  }
  const bool recursive = args.flag("recursive");
  if (!start.is_dir || (recursive && wish.depth == 0)) {
    lines.push_back({typed.empty() ? "." : path::basename(typed), start});
  } else {
    add_list(listing, start.path, "", recursive, wish, lines);
  }
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return args.flag("json") ? list_json(lines) : columns(lines, with_size, with_hash);
}

std::int64_t total_size(ProjectListing& listing, const Listed& entry) {
  if (!entry.is_dir) return entry.size.value_or(0);
  std::vector<Listed> children;
  try {
    children = listing.list(entry.path, false);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::unexpected || !entry.size) throw;
    return *entry.size;  // what it holds is nowhere to be had, but its size is recorded
  }
  std::int64_t out = 0;
  for (const auto& child : children)
    if (!workspace::is_project_file(child.path)) out += total_size(listing, child);
  return out;
}

}  // namespace

Outcome run_list(Session& session, const Args& args) {
  if (args.flag("tree") && args.flag("json")) throw Error("Cannot use --tree and --json options together.");
  try {
    return {0, list_text(session, args)};
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::failure) throw;
    throw Error(cat("failed to list '", args.value_or("url", "."), "' - ", e.message()), ErrorKind::refusal);
  }
}

Outcome run_du(Session& session, const Args& args) {
  workspace::SourceRepository source(wish_of(session, args));
  ProjectListing listing(source, session.cwd());
  const auto typed = args.value_or("path", "");
  std::optional<Listed> start;
  try {
    start = wanted(listing, typed, false);
  } catch (Error& e) {
    e.with_kind(ErrorKind::unexpected);
    throw;
  }
  std::vector<std::pair<std::string, std::string>> rows;
  std::int64_t total = 0;
  if (args.flag("summarize") || !start->is_dir) {
    total = total_size(listing, *start);
  } else {
    for (const auto& child : listing.list(start->path, false)) {
      if (workspace::is_project_file(child.path)) continue;
      const auto size = total_size(listing, child);
      rows.emplace_back(natural_size(size), typed.empty() ? path::basename(child.path) : path::join(typed, path::basename(child.path)));
      total += size;
    }
  }
  rows.emplace_back(natural_size(total), typed);
  std::size_t width = 0;
  for (const auto& [size, name] : rows) width = std::max(width, size.size());
  std::string out;
  for (const auto& [size, name] : rows) out += cat(size, name.empty() ? "" : std::string(width - size.size() + 2, ' '), name, "\n");
  return {0, out};
}

}  // namespace pivot::commands
