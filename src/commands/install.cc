// `pivot install`: Git hooks and merge drivers. As DVC's, but the hooks call the name that we were called by, and dvc.lock gets a merge
// driver too.
#include <sys/stat.h>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/validation/tool.h"
#include "git/git.h"
#include "text/yaml.h"

namespace pivot::commands {

namespace {

constexpr const char* kHooks[] = {"post-checkout", "pre-commit", "pre-push"};
constexpr const char* kPreCommitFile = ".pre-commit-config.yaml";

/// "pivot", or "dvc" where we stand in for it.
std::string own_name(const Session& session) {
  const auto first = session.command_line.substr(0, session.command_line.find(' '));
  return path::basename(first) == "dvc" ? "dvc" : "pivot";
}

std::string hooks_folder(Disk& disk, const git::Git& git) {
  auto folder = git.git_dir();
  // The hooks of a linked work tree are those of the repository.
  if (const auto common = disk.read(cat(folder, "/commondir"))) folder = path::normalize(path::join(folder, trim(*common)));
  return cat(folder, "/hooks");
}

void write_hooks(Disk& disk, const std::string& folder, const std::string& program) {
  for (const auto* name : kHooks)
    if (disk.lstat(cat(folder, "/", name)))
      throw Error(cat("failed to install DVC Git hooks - Hook '", name, "' already exists. Please refer to <https://man.dvc.org/install> for more info."),
                  ErrorKind::refusal);
  const std::string shell = disk.stat("/usr/bin/sh") ? "/usr/bin/sh" : "/bin/sh";
  disk.make_dirs(folder);
  for (const auto* name : kHooks) {
    const auto file = cat(folder, "/", name);
    disk.write(file, cat("#!", shell, "\nexec ", program, " git-hook ", name, " $@\n"));
    disk.chmod(file, 0777);
  }
}

/// What the pre-commit tool is to run: DVC's own hooks from their repository, or ours as they are installed.
Value tool_entry(const std::string& program) {
  Map entry;
  const bool as_dvc = program == "dvc";
  entry.set("repo", as_dvc ? "https://github.com/treeverse/dvc" : "local");
  if (as_dvc) entry.set("rev", "3.67.1");
  List hooks;
  for (const auto* name : {"pre-commit", "pre-push", "post-checkout"}) {
    Map hook;
    hook.set("id", cat(program, "-", name));
    if (as_dvc) {
      hook.set("additional_dependencies", Value(List{Value(".[all]")}));
      hook.set("language_version", "python3");
    } else {
      hook.set("name", cat("pivot ", name));
      hook.set("entry", cat("pivot git-hook ", name));
      hook.set("language", "system");
      hook.set("pass_filenames", false);
    }
    hook.set("stages", Value(List{Value(name)}));
    if (std::string_view(name) == "post-checkout" || !as_dvc) hook.set("always_run", true);
    hooks.emplace_back(std::move(hook));
  }
  entry.set("hooks", Value(std::move(hooks)));
  return Value(std::move(entry));
}

void write_tool_file(Disk& disk, const std::string& file, const std::string& program) {
  const auto before = disk.read(file).value_or("");
  const auto entry = tool_entry(program);
  const auto document = text::yaml::load(before);
  const auto* repos = document.is_map() ? document.as_map().find("repos") : nullptr;
  if (!document.is_null() && (!document.is_map() || (repos != nullptr && !repos->is_list())))
    throw Error(cat("'", kPreCommitFile, "' has no list `repos`: it is not the pre-commit tool's"));
  if (repos == nullptr) {
    Map made;
    if (document.is_map()) made.items = document.as_map().items;
    made.set("repos", Value(List{entry}));
    disk.write_atomic(file, text::yaml::dump(Value(std::move(made))));
    return;
  }
  for (const auto& known : repos->as_list())
    if (python_equal(known, entry)) return;
  disk.write_atomic(file, text::yaml::roundtrip(before, {{{"repos", repos->as_list().size()}, entry}}));
}

void set_driver(const std::string& root, const std::string& driver, const std::string& name, const std::string& command) {
  for (const auto& [key, value] : {std::pair{"name", name}, {"driver", command}}) {
    const auto run = validation::run_tool({"git", "config", cat("merge.", driver, ".", key), value}, root);
    if (run.code != 0) throw Error(cat("the merge driver can't be set: git config: ", trim(run.output)));
  }
}

}  // namespace

Outcome run_install(Session& session, const Args& args) {
  auto& ws = session.workspace();
  if (!ws.git().exists()) return {};
  const auto program = own_name(session);
  auto& disk = ws.disk();
  if (args.flag("use_pre_commit_tool")) {
    write_tool_file(disk, cat(ws.git().root(), "/", kPreCommitFile), program);
  } else {
    write_hooks(disk, hooks_folder(disk, ws.git()), program);
  }
  set_driver(ws.git().root(), "dvc", "DVC merge driver", cat(program, " git-hook merge-driver --ancestor %O --our %A --their %B "));
  set_driver(ws.git().root(), "dvc-lock", "dvc.lock, stage by stage", cat(program, " merge-lock %O %A %B %P"));
  if (program != "dvc")
    session.out().info("The hooks and merge drivers are installed. To use the drivers, put these lines into .gitattributes:\n\n"
                       "\t*.dvc merge=dvc\n\tdvc.lock merge=dvc-lock");
  return {};
}

}  // namespace pivot::commands
