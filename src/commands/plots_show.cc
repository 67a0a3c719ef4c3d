// `pivot plots show` and `pivot plots diff`: plots of one or several revisions as a page, as JSON, or in the terminal.
#include <algorithm>
#include <cstdlib>

#include "base/disk.h"
#include "base/error.h"
#include "base/huge_pages.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "base/text_sink.h"
#include "commands/page_file.h"
#include "commands/plots/page.h"
#include "commands/plots/renderer.h"
#include "commands/plots/terminal.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"
#include "text/json.h"
#include "workspace/config.h"
#include "workspace/revision.h"

namespace pivot::commands {

namespace {

using plots::Plot;
using plots::RevisionPlots;

/// What the command line says of all plots.
Map props_of(const Args& args) {
  Map out;
  for (const char* name : {"template", "x", "y", "x_label", "y_label", "title"})
    if (const auto value = args.value(name)) out.set(name, *value);
  if (args.given("header")) out.set("header", args.flag("header"));
  return out;
}

/// Without two revisions the workspace is one of them, and HEAD the other when something changed since.
std::vector<std::string> wanted_revisions(workspace::Workspace& ws, const Args& args, bool is_diff) {
  if (!is_diff) return {"workspace"};
  auto out = args.values("revisions");
  if (out.empty() && ws.git().changes(false).any) out.emplace_back("HEAD");
  if (out.size() <= 1) out.emplace_back("workspace");
  const auto at = std::find(out.begin(), out.end(), "workspace");
  if (at != out.end()) std::rotate(out.begin(), at, at + 1);
  return out;
}

std::vector<RevisionPlots> collect_all(workspace::Workspace& ws, Reporter& out, const std::vector<std::string>& names, const std::vector<std::string>& targets,
                                       const Map& props) {
  workspace::Revisions revisions(ws);
  std::vector<RevisionPlots> found;
  std::vector<std::string> failed;
  for (const auto& name : names) {
    if (std::any_of(found.begin(), found.end(), [&](const auto& other) { return other.rev == name; })) continue;
    auto plots = plots::collect(revisions.at(revisions.resolve(name)), name, targets, props);
    if (plots.failed()) failed.push_back(name);
    if (!plots.empty()) found.push_back(std::move(plots));
  }
  if (!failed.empty()) out.plain_error(cat("DVC failed to load some plots for following revisions: '", join(failed, ", "), "'."));
  std::vector<std::string> lines;
  for (const auto& revision : found)
    for (const auto& [file, source] : revision.sources)
      if (source.failure) lines.push_back(cat(file, revision.rev == "workspace" ? "" : cat(" (", revision.rev, ")"), ": ", source.failure->message));
  report_failed_files(out, std::move(lines));
  return found;
}

/// Everything that the ways of showing plots need.
struct Showing {
  workspace::Workspace& ws;
  std::string cwd;         ///< absolute
  std::string out;         ///< as typed
  plots::FieldNames& names;
  plots::TemplatePlaces places() const { return {cat(ws.dvc_dir(), "/plots"), cwd}; }
};

/// Writes the images of a plot into a folder; gives their paths.
std::vector<std::string> write_images(const Showing& show, const Plot& plot, const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& image : plot.images) {
    show.ws.disk().make_dirs(folder);
    const auto file = cat(folder, "/", replace_all(cat(image.rev, "_", image.file), "/", "_"));
    show.ws.disk().write_atomic(file, *image.bytes);
    out.push_back(file);
  }
  return out;
}

std::string strings_json(const std::vector<std::string>& words) {
  List list;
  for (const auto& word : words) list.emplace_back(word);
  return text::json::dump(list);
}

void write_plot(TextSink& out, const Showing& show, Plot& plot, bool split) {
  out.add("[");
  if (plot.is_image) {
    const auto files = write_images(show, plot, path::normalize(path::join(show.cwd, show.out)));
    for (std::size_t i = 0; i < files.size(); ++i)
      out.add(cat(i > 0 ? ", " : "", "{\"type\": \"image\", \"revisions\": ", strings_json({plot.images[i].rev}), ", \"url\": ", text::json::quote(files[i]), "}"));
  } else if (!plot.points.empty()) {
    out.add(cat("{\"type\": \"vega\", \"revisions\": ", strings_json(plot.revs), ", \"content\": "));
    const auto vega = plots::make_specification(plot, show.places(), show.names, split);
    vega.write(out);
    if (split) out.add(", \"anchor_definitions\": ");
    vega.write_anchors(out);
    out.add("}");
  }
  out.add("]");
}

Value failure_json(const Plot& plot, const Plot::Failure& failure) {
  Map out;
  out.set("name", plot.name);
  out.set("rev", failure.rev);
  if (!failure.source.empty()) out.set("source", failure.source);
  out.set("type", failure.why.type);
  out.set("msg", failure.why.message);
  return out;
}

std::string all_json(const Showing& show, const std::vector<RevisionPlots>& revisions, std::vector<Plot>& all, bool split) {
  List errors;
  for (const auto& plot : all)
    for (const auto& failure : plot.failures) errors.push_back(failure_json(plot, failure));
  for (const auto& revision : revisions) {
    if (!revision.failure) continue;
    Map error;
    error.set("rev", revision.rev);
    error.set("type", revision.failure->type);
    error.set("msg", revision.failure->message);
    errors.emplace_back(std::move(error));
  }
  std::size_t size = 0;
  for (const auto& plot : all) size += plots::json_size(plot.points);
  std::string out;
  out.reserve(size);
  prefer_huge_pages(out.data(), out.capacity());
  TextSink sink(out);
  sink.add("{");
  if (!errors.empty()) sink.add(cat("\"errors\": ", text::json::dump(errors), all.empty() ? "" : ", "));
  for (auto& plot : all) {
    sink.add(cat(&plot == &all.front() ? "\"data\": {" : ", ", text::json::quote(plot.name), ": "));
    write_plot(sink, show, plot, split);
  }
  sink.add(all.empty() ? "}\n" : "}}\n");
  sink.flush();
  return out;
}

/// Vega plots first, then images by folder, number and name.
void sort_for_page(std::vector<Plot>& all) {
  const auto key = [](const Plot& p) {
    const auto base = path::basename(p.name);
    const auto stem = base.substr(0, base.size() - path::extension(base).size());
    const bool is_number = !stem.empty() && stem.size() < 10 && std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
    return std::tuple{path::dirname(p.name), is_number ? std::atoi(stem.c_str()) : -1, base};
  };
  std::stable_sort(all.begin(), all.end(), [&](const Plot& a, const Plot& b) {
    if (a.is_image != b.is_image) return b.is_image;
    return a.is_image && key(a) < key(b);
  });
}

/// --html-template, else plots.html_template (from the .dvc folder); "" = our own page.
std::string page_template(const Showing& show, const Args& args) {
  auto file = args.value_or("html_template", "");
  if (!file.empty()) {
    file = path::join(show.cwd, file);
  } else if (const auto setting = show.ws.config().get("plots", "html_template"); setting && !setting->empty()) {
    file = path::join(show.ws.dvc_dir(), *setting);
  }
  if (file.empty()) return "";
  auto content = real_disk().read(file);
  if (!content) throw Error(cat("the page template '", file, "' does not exist"));
  return *std::move(content);
}

std::string write_page(const Showing& show, std::vector<Plot>& all, const std::string& page) {
  sort_for_page(all);
  const auto folder = path::normalize(path::join(show.cwd, show.out));
  std::vector<plots::PageElement> elements;
  for (auto& plot : all) {
    plots::PageElement element{plot.name, {}, {}};
    const auto files = write_images(show, plot, cat(folder, "/static"));
    for (std::size_t i = 0; i < files.size(); ++i) element.pictures.push_back({plot.images[i].rev, path::relative(files[i], folder)});
    if (!plot.points.empty()) element.vega = plots::make_specification(plot, show.places(), show.names);
    if (!plot.empty()) elements.push_back(std::move(element));
  }
  std::string problems;
  for (const auto& plot : all)
    for (const auto& failure : plot.failures)
      problems += cat("<li>", plots::html_escape(cat(failure.source.empty() ? plot.name : failure.source, " (", failure.rev, "): ", failure.why.message)), "</li>\n");
  if (!problems.empty()) problems = cat("<section class=\"whole\"><h2>Could not be shown</h2>\n<ul>", problems, "</ul></section>\n");
  const auto file = cat(folder, "/index.html");
  show.ws.disk().make_dirs(folder);
  replace_file(show.ws.disk(), file, [&](NewFile& into) {
    TextSink sink([&](std::string_view block) { into.write(block); });
    plots::write_html_page(sink, elements, {.title = "DVC Plot", .before = problems, .page_template = page});
    sink.flush();
  });
  return file;
}

Outcome show_page(const Showing& show, Session& session, const Args& args, std::vector<Plot>& all) {
  if (all.empty()) return {};
  const auto uri = file_uri(write_page(show, all, page_template(show, args)));
  session.out().info(uri);
  const bool always = show.ws.config().get_bool("plots", "auto_open", false);
  if (!always && !args.flag("open")) return {};
  if (!always) session.out().info("To enable auto opening, you can run:\n\n\tdvc config plots.auto_open true");
  session.out().flush();
  return {open_in_browser(session.out(), uri) ? 0 : 1, ""};
}

Outcome refuse(Session& session, const char* message) {
  session.out().error(message);
  return {1, ""};
}

Outcome run_plots(Session& session, const Args& args, bool is_diff) {
  auto& ws = session.workspace(true);
  const auto& targets = args.values("targets");
  const bool json = args.flag("json"), vega = args.flag("show_vega");
  if (vega && targets.empty()) return refuse(session, "please specify a target for `--show-vega`");
  if (vega && targets.size() > 1) return refuse(session, "you can only specify one target for `--show-vega`");
  if (vega && json) return refuse(session, "'--show-vega' and '--json' are mutually exclusive options.");
  std::vector<RevisionPlots> revisions;
  try {
    if (is_diff && !ws.git().exists()) workspace::refuse_without_git();
    if (!is_diff || ws.git().resolve("HEAD")) revisions = collect_all(ws, session.out(), wanted_revisions(ws, args, is_diff), targets, props_of(args));
  } catch (Error& e) {
    if (e.kind() == ErrorKind::failure) e.with_kind(ErrorKind::refusal);
    throw;
  }
  if (revisions.empty() && !json) session.out().plain_error("No plots were loaded, visualization file will not be created.");
  plots::FieldNames names;
  const Showing show{ws, session.cwd(), args.value("out").value_or(ws.config().get("plots", "out_dir").value_or("dvc_plots")), names};
  auto all = plots::make_plots(revisions, names, session.out());
  if (json) return {0, all_json(show, revisions, all, args.flag("split"))};
  if (vega) {
    for (auto& plot : all)
      if (!plot.is_image) {
        std::string text;
        if (plot.points.empty()) return {0, "{}\n"};
        TextSink sink(text);
        plots::make_specification(plot, show.places(), names).write(sink);
        sink.add("\n");
        sink.flush();
        return {0, std::move(text)};
      }
    return {};
  }
  if (args.flag("terminal")) return {0, plots::draw_in_terminal(all, names)};
  return show_page(show, session, args, all);
}

}  // namespace

Outcome run_plots_show(Session& session, const Args& args) { return run_plots(session, args, false); }
Outcome run_plots_diff(Session& session, const Args& args) { return run_plots(session, args, true); }

}  // namespace pivot::commands
