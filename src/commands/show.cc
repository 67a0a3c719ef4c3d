// `pivot show`: the project at one look, in the terminal, as JSON or as a page.
#include "base/disk.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/page_file.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/show/overview.h"
#include "text/json.h"

namespace pivot::commands {

Outcome run_show(Session& session, const Args& args) {
  auto& ws = session.workspace();
  Overview overview;
  look_at_project(session, overview);
  if (args.flag("json")) return {0, cat(text::json::dump(overview_json(overview)), "\n")};
  if (!args.flag("html")) return {0, overview_text(overview)};
  const auto file = args.given("out") ? path::normalize(path::join(session.cwd(), args.value_or("out", ""))) : cat(ws.tmp_dir(), "/pivot/show.html");
  const auto page = overview_page(overview, {cat(ws.dvc_dir(), "/plots"), session.cwd()}, path::basename(ws.root()));
  ws.disk().make_dirs(path::dirname(file));
  ws.disk().write_atomic(file, page);
  session.out().info(file_uri(file));
  session.out().flush();
  return {args.flag("open") && !open_in_browser(session.out(), file_uri(file)) ? 1 : 0, ""};
}

}  // namespace pivot::commands
