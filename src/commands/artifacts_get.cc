// `pivot artifacts get`: an artifact of a repository that lies in a folder, by the tags that GTO makes: name@v1.2.3 (a version), name#stage#4 (the
// version of that commit is in this stage; the greatest number counts). An artifact `sub:name` has tags `sub=name@...`.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "git/git.h"
#include "workspace/collection.h"
#include "workspace/config.h"
#include "workspace/project_files.h"
#include "workspace/revision.h"

namespace pivot::commands {

namespace {

using Version = std::array<int, 3>;

/// "1.2.3"; nothing else.
std::optional<Version> version_of(std::string_view text) {
  Version out{};
  const auto parts = split(text, '.');
  if (parts.size() != out.size()) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), out[i]);
    if (error != std::errc() || end != parts[i].data() + parts[i].size()) return std::nullopt;
  }
  return out;
}

struct Wanted {
  std::string name;    ///< "sub:model"
  std::string rev;     ///< "v1.0.0", "" = the latest
  std::string stage;   ///< "" = none
  std::string tag_name() const { return replace_all(name, ":", "="); }
};

/// The tag of the wanted version or stage; "" when there is none.
std::string tag_of(git::Git& git, const Wanted& wanted) {
  std::string found;
  Version latest{-1, -1, -1};
  int number = -1;
  for (const auto& tag : git.tags()) {
    const auto versions = cat(wanted.tag_name(), "@v"), stages = cat(wanted.tag_name(), "#", wanted.stage, "#");
    if (!wanted.stage.empty()) {
      int n = 0;
      if (tag.starts_with(stages) && std::from_chars(tag.data() + stages.size(), tag.data() + tag.size(), n).ec == std::errc() && n > number) number = n, found = tag;
    } else if (tag.starts_with(versions)) {
      const auto version = version_of(std::string_view(tag).substr(versions.size()));
      const bool fits = wanted.rev.empty() ? version && *version > latest : cat("v", tag.substr(versions.size())) == wanted.rev || tag.substr(versions.size()) == wanted.rev;
      if (version && fits) latest = *version, found = tag;
    }
  }
  return found;
}

[[noreturn]] void refuse_unknown(const Wanted& wanted) {
  const auto what = !wanted.rev.empty() ? cat(" @ ", wanted.rev) : !wanted.stage.empty() ? cat(" @ ", wanted.stage) : "";
  throw Error(cat("Failed to download artifact '", wanted.name, "' via DVC remote: Unable to find artifact '", wanted.name, what, "'"));
}

/// The path of the artifact, relative to the root, as the dvc.yaml of the revision says.
std::string artifact_path(workspace::Revision& revision, const Wanted& wanted) {
  const auto colon = wanted.name.rfind(':');
  const auto folder = colon == wanted.name.npos ? "" : wanted.name.substr(0, colon);
  const auto name = colon == wanted.name.npos ? wanted.name : wanted.name.substr(colon + 1);
  for (const auto& [file, sections] : revision.stages().files) {
    const auto at = path::dirname(file);
    if ((at == "." ? "" : at) != folder || !sections.artifacts.is_map()) continue;
    const auto* artifact = sections.artifacts.as_map().find(name);
    const auto* target = artifact != nullptr && artifact->is_map() ? artifact->as_map().find("path") : nullptr;
    if (target != nullptr && target->is_string()) return path::normalize(path::join(folder, target->as_string()));
  }
  refuse_unknown(wanted);
}

std::string remote_address(workspace::Workspace& ws, workspace::Revision& revision, const std::string& file, const Args& args) {
  const auto known = revision.files().tracked(file);
  if (!known) throw Error(cat("'", file, "' is not tracked: no remote has it"));
  const auto name = args.value("remote").value_or(ws.config().default_remote().value_or(""));
  if (name.empty()) throw Error("no remote specified in the settings of that repository").with_hint("give one: --remote NAME");
  return cat(ws.config().remote(name).url, "/files/md5/", known->hash.value.substr(0, 2), "/", known->hash.value.substr(2));
}

/// Copies a file, or a folder file by file; gives how many.
std::size_t copy_out(workspace::Revision& revision, const std::string& file, const std::string& to, Session& session) {
  std::vector<std::pair<std::string, std::string>> contents;
  for (const auto& one : revision.files().below(file)) {
    auto content = revision.files().read(one);
    if (!content) throw Error(cat("the data of '", one, "' is not in the cache of that repository")).with_hint("run `pivot fetch` there");
    contents.emplace_back(one == file ? to : cat(to, "/", path::relative(one, file)), *std::move(content));
  }
  auto& disk = real_disk();
  for (const auto& [place, content] : contents) {
    disk.make_dirs(path::dirname(place));
    disk.write_atomic(place, content);
  }
  session.out().info(cat("Downloaded ", std::to_string(contents.size()), " file(s) to '", path::relative(to, session.cwd()), "'"));
  return contents.size();
}

void get_artifact(Session& session, const Args& args, const Wanted& wanted) {
  const auto url = args.value_or("url", "");
  const auto folder = path::normalize(path::join(session.cwd(), url));
  const auto stat = real_disk().stat(folder);
  if (path::is_url(url) || !stat || stat->type != FileType::dir)
    throw Error(path::is_url(url) || url.find(':') != url.npos ? "repositories behind a URL can't be read yet: clone it and give its path" : "no repository was found there");
  workspace::Workspace ws(folder, workspace::LockWait{}, real_disk());
  const auto tag = tag_of(ws.git(), wanted);
  if (tag.empty()) refuse_unknown(wanted);
  workspace::Revisions revisions(ws);
  auto& revision = revisions.at(revisions.resolve(cat("refs/tags/", tag)));
  const auto file = artifact_path(revision, wanted);
  if (args.flag("show_url")) {
    session.out().info(remote_address(ws, revision, file, args));
    return;
  }
  auto to = path::normalize(path::join(session.cwd(), args.value("out").value_or(path::basename(file))));
  const auto there = real_disk().stat(to);
  if (there && there->type == FileType::dir && args.given("out")) to = cat(to, "/", path::basename(file));
  if (!args.flag("force") && real_disk().lstat(to))
    throw Error(cat("The file '", path::relative(to, session.cwd()), "' already exists locally. \nTo override it, re-run with '--force'."));
  copy_out(revision, file, to, session);
}

}  // namespace

Outcome run_artifacts_get(Session& session, const Args& args) {
  const Wanted wanted{args.value_or("name", ""), args.value_or("rev", ""), args.value_or("stage", "")};
  if (!wanted.rev.empty() && !wanted.stage.empty()) throw Error("Artifact version and stage are mutually exclusive.");
  try {
    get_artifact(session, args, wanted);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    throw Error(cat("failed to get '", wanted.name, "' from '", args.value_or("url", ""), "' - ", e.message()), ErrorKind::refusal).with_hint(e.hint());
  }
  return {};
}

}  // namespace pivot::commands
