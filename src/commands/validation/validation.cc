#include "commands/validation/validation.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/exported_pipelines.h"
#include "commands/run_functions.h"
#include "commands/validation/path_comparison.h"
#include "commands/validation/sandbox.h"
#include "commands/validation/tool.h"
#include "engine/plan.h"
#include "engine/scan.h"
#include "engine/seams.h"
#include "exporters/dvc_lock.h"
#include "exporters/python_stage.h"
#include "exporters/standalone_runner.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/python/description.h"
#include "store/store.h"
#include "text/yaml.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/python_pipelines.h"
#include "workspace/targets.h"

namespace pivot::commands::validation {

namespace {

using exporters::Likeness;
using model::Stage;
using model::StageId;

std::string beside(const std::string& file, const char* name) {
  const auto folder = path::dirname(file);
  return folder.empty() || folder == "." ? name : cat(folder, "/", name);
}

/// What a side knows of a stage after its run; nothing when it did not come to its end.
using Records = std::map<StageId, model::StageRecord>;

struct Side {
  std::string root;
  ToolRun run;
  Records records;
};

/// The last lines of what a tool said.
std::string tail(const std::string& output) {
  constexpr std::size_t kLines = 12;
  const auto lines = split(trim(output), '\n');
  std::vector<std::string> out;
  for (std::size_t i = lines.size() > kLines ? lines.size() - kLines : 0; i < lines.size(); ++i) out.push_back(cat("    ", lines[i]));
  return join(out, "\n");
}

double number_of(const Args& args, const char* name) {
  const auto text = args.value(name);
  if (!text) return 0;
  double out = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  if (error != std::errc() || end != text->data() + text->size() || !(out >= 0))
    throw Error(cat("--", name, ": '", *text, "' is no number from 0 on"), ErrorKind::usage);
  return out;
}

class Validation {
 public:
  Validation(Session& session, const Options& options)
      : session_(session), options_(options), ws_(session.workspace()), folder_(ws_.disk(), ws_.tmp_dir()),
        comparison_(ws_.disk(), options.tolerance, [this] { return PathComparison::Python{ws_.python().interpreter(), ws_.python().runtime()}; }) {}

  Report run();

 private:
  void select();
  SandboxContent content(bool for_dvc);
  std::vector<std::string> repro(bool for_dvc) const;
  std::string name_for(const Stage& stage, bool for_dvc) const;
  void run_pivot();
  void run_dvc();
  void take_locks();
  std::vector<std::pair<std::string, std::string>> dvc_environment();
  Records records_in(const std::string& root, bool for_dvc);
  StageFinding judge(StageId id);
  OutFinding judge_out(const model::Out& out, const model::StageRecord& left, const model::StageRecord& right);
  std::string other_file(const model::Out& out, const model::LockEntry& entry);
  void judge_record(StageId id, StageFinding& finding);
  void inherit(StageId id, StageFinding& finding);
  void run_again();
  void tell_failures();
  const Stage& stage(StageId id) const { return ws_.stages().stages[static_cast<std::size_t>(id)]; }

  Session& session_;
  const Options& options_;
  workspace::Workspace& ws_;
  SandboxFolder folder_;
  PathComparison comparison_;
  std::vector<StageId> ids_;
  std::vector<ExportTarget> exported_;
  Side pivot_, other_;
  Report report_;
  std::map<StageId, std::size_t> place_;                 ///< of a stage in the report
  std::map<std::string, const OutFinding*> differing_;   ///< by out
};

void Validation::select() {
  auto& collection = ws_.stages();
  if (options_.stages.empty()) {
    collection.check();
    ids_ = engine::make_plan(ws_.project(), {}, {.everything = true});
  } else {
    ids_ = workspace::Targets(collection, ws_.root(), ws_.cwd()).stages(options_.stages, false, false);
    const std::set<StageId> wanted(ids_.begin(), ids_.end());
    ids_ = engine::make_plan(ws_.project(), {}, {.everything = true});
    std::erase_if(ids_, [&wanted](StageId id) { return wanted.count(id) == 0; });
  }
  std::erase_if(ids_, [this](StageId id) { return !stage(id).has_action() || stage(id).frozen; });
  if (ids_.empty()) throw Error("there is no stage to validate");
  for (const auto id : ids_)
    for (const auto& out : stage(id).outs)
      if (path::is_url(out.file) || path::is_absolute(out.file))
        throw Error(cat("stage '", stage(id).address(), "' writes '", out.path, "' outside of the workspace: two runs of it would meet there"))
            .with_hint("name the stages to validate with --stages");
}

/// Inputs as they are, nothing of what the stages are to make, and no record of having made it.
SandboxContent Validation::content(bool for_dvc) {
  SandboxContent out;
  std::map<std::string, std::vector<std::string>> locks;
  for (const auto id : ids_) {
    for (const auto& o : stage(id).outs) out.left_out.insert(o.file);
    if (stage(id).callable) out.left_out.insert(workspace::StageLockbook::file_of(stage(id)));
    locks[beside(stage(id).file, "dvc.lock")].push_back(stage(id).callable ? exporters::exported_name(stage(id)) : stage(id).name);
  }
  for (const auto& [file, names] : locks) {
    const auto text = ws_.disk().read(ws_.absolute(file));
    if (!text) continue;
    exporters::DvcLockWriter writer(*text);
    for (const auto& name : names) writer.remove(name);
    out.written.emplace_back(file, writer.empty() ? "" : writer.text());
  }
  if (for_dvc)
    for (const auto& target : exported_) {
      out.written.emplace_back(target.file, target.after);
      if (!target.runner.empty()) out.written.emplace_back(target.runner, exporters::standalone_runner(workspace::python_package()));
    }
  return out;
}

std::string Validation::name_for(const Stage& s, bool for_dvc) const {
  if (!s.callable || !for_dvc) return s.address();
  const auto file = beside(s.file, "dvc.yaml");
  const auto name = exporters::exported_name(s);
  return file == "dvc.yaml" ? name : cat(file, ":", name);
}

/// Goes on behind a failure, so that one stage doesn't hide what the others make.
std::vector<std::string> Validation::repro(bool for_dvc) const {
  std::vector<std::string> out{"repro", "--keep-going"};
  if (options_.stages.empty()) {
    out.emplace_back("-P");
  } else {
    out.emplace_back("-s");
    for (const auto id : ids_) out.push_back(name_for(stage(id), for_dvc));
  }
  return out;
}

void Validation::run_pivot() {
  pivot_.root = make_sandbox(ws_, cat(folder_.path(), "/pivot"), content(false));
  auto argv = repro(false);
  argv.insert(argv.begin(), own_program());
  if (!options_.jobs.empty()) argv.insert(argv.end(), {"-j", options_.jobs});
  pivot_.run = run_tool(argv, pivot_.root);
  pivot_.records = records_in(pivot_.root, false);
  report_.pivot_seconds = pivot_.run.seconds;
}

/// Commands of exported stages are `python -c`: that is to be the interpreter that pivot uses, and to find our package.
std::vector<std::pair<std::string, std::string>> Validation::dvc_environment() {
  std::vector<std::pair<std::string, std::string>> env{{"DVC_NO_ANALYTICS", "1"}};
  if (exported_.empty()) return env;
  const auto& interpreter = ws_.python().interpreter();
  auto bin = path::dirname(interpreter);
  if (!ws_.disk().stat(cat(bin, "/python"))) {
    bin = cat(folder_.path(), "/bin");
    ws_.disk().make_dirs(bin);
    ws_.disk().write(cat(bin, "/python"), cat("#!/bin/sh\nexec ", shell_quote(interpreter), " \"$@\"\n"));
    ws_.disk().chmod(cat(bin, "/python"), 0755);
  }
  const char* before = getenv("PATH");
  env.emplace_back("PATH", before != nullptr ? cat(bin, ":", before) : bin);
  if (options_.standalone) return env;
  const char* modules = getenv("PYTHONPATH");
  env.emplace_back("PYTHONPATH", modules != nullptr && *modules != '\0' ? cat(modules, ":", ws_.python().runtime()) : ws_.python().runtime());
  return env;
}

void Validation::run_dvc() {
  report_.against = "DVC";
  other_.root = make_sandbox(ws_, cat(folder_.path(), "/dvc"), content(true));
  auto argv = repro(true);
  argv.insert(argv.begin(), options_.dvc);
  other_.run = run_tool(argv, other_.root, dvc_environment());
  other_.records = records_in(other_.root, true);
  report_.other_seconds = other_.run.seconds;
}

void Validation::take_locks() {
  report_.against = "the locks";
  other_.root = ws_.root();
  for (const auto id : ids_)
    if (const auto* record = ws_.lockbook().find(stage(id))) other_.records.emplace(id, *record);
}

Records Validation::records_in(const std::string& root, bool for_dvc) {
  Records out;
  std::map<std::string, importers::dvc::LockFile> locks;
  for (const auto id : ids_) {
    const auto& s = stage(id);
    if (s.callable && !for_dvc) {
      const auto file = workspace::StageLockbook::file_of(s);
      if (const auto text = ws_.disk().read(cat(root, "/", file))) out.emplace(id, importers::python::read_stage_lock(text::yaml::load(*text), file));
      continue;
    }
    const auto file = beside(s.file, "dvc.lock");
    auto found = locks.find(file);
    if (found == locks.end()) {
      const auto text = ws_.disk().read(cat(root, "/", file));
      if (!text) continue;  // no stage came to its end
      found = locks.emplace(file, importers::dvc::LockFile::parse(*text, file)).first;
    }
    if (auto record = found->second.find(s.callable ? exporters::exported_name(s) : s.name)) out.emplace(id, std::move(*record));
  }
  return out;
}

/// The other side's out as a path; of a lock: the workspace's or the cache's, if one of them has it.
std::string Validation::other_file(const model::Out& out, const model::LockEntry& entry) {
  if (!options_.against_lock) return cat(other_.root, "/", out.file);
  const auto file = ws_.absolute(out.file);
  if (ws_.store().matches(file, entry.hash, entry.meta)) return file;
  return !entry.hash.is_dir() && ws_.store().has_object(entry.hash) ? ws_.store().object_path(entry.hash) : "";
}

OutFinding Validation::judge_out(const model::Out& out, const model::StageRecord& left, const model::StageRecord& right) {
  OutFinding found;
  found.file = out.file;
  const auto* a = engine::find_entry(left.outs, out.path);
  const auto* b = engine::find_entry(right.outs, out.path);
  if (a == nullptr || b == nullptr) {
    found.status = Status::different;
    found.comparison.add(Likeness::different, cat("the lock of ", a != nullptr ? report_.against : "pivot", " has no such out"));
    return found;
  }
  if (a->hash == b->hash && a->hash.known()) return found;
  const auto other = other_file(out, *b);
  if (other.empty()) {
    found.comparison.add(Likeness::different, cat(a->hash.value, " and ", b->hash.value));
  } else {
    found.comparison = comparison_.compare(cat(pivot_.root, "/", out.file), other);
  }
  switch (found.comparison.likeness) {
    case Likeness::identical: break;
    case Likeness::equal: found.status = Status::equal; break;
    case Likeness::within: found.status = Status::within; break;
    case Likeness::incomparable: found.status = Status::incomparable; break;
    case Likeness::different: found.status = Status::different; break;
  }
  return found;
}

/// Entries without what judge_out() and inherit() tell: hashes and sizes of outs and deps.
Value bare_entry(model::StageRecord record, const std::set<std::string>* deps) {
  for (auto* list : {&record.deps, &record.outs})
    for (auto& entry : *list) {
      entry.hash.value.clear();
      entry.meta.size.reset();
      entry.meta.nfiles.reset();
    }
  if (deps != nullptr) std::erase_if(record.deps, [deps](const auto& entry) { return deps->count(entry.path) == 0; });
  return exporters::lock_value(record);
}

void Validation::judge_record(StageId id, StageFinding& finding) {
  const auto& s = stage(id);
  auto left = pivot_.records.at(id), right = other_.records.at(id);
  std::set<std::string> declared;
  if (s.callable) {
    // A Python stage has no command, and its parameters are its own; DVC's entry names its source files too.
    for (auto* record : {&left, &right}) {
      record->cmd = Value();
      record->params.clear();
    }
    for (const auto& dep : s.deps) declared.insert(dep.path);
  }
  const auto* only = s.callable ? &declared : nullptr;
  const auto compared = exporters::compare_values(bare_entry(left, only), bare_entry(right, only), {});
  if (compared.likeness <= Likeness::equal) return;
  finding.record = compared.details;
  finding.status = std::max(finding.status, Status::different);
}

/// An out of a stage whose input differs already says nothing about the stage itself.
void Validation::inherit(StageId id, StageFinding& finding) {
  for (const auto& dep : stage(id).deps)
    for (const auto& [file, origin] : differing_) {
      if (!path::is_inside(dep.file, file) && !path::is_inside(file, dep.file)) continue;
      for (auto& out : finding.outs) {
        if (out.status == Status::identical || !out.inherited_from.empty()) continue;
        out.inherited_from = dep.file;
        if (origin->status == Status::nondeterministic) out.status = Status::nondeterministic;
      }
      return;
    }
}

StageFinding Validation::judge(StageId id) {
  const auto& s = stage(id);
  StageFinding finding;
  finding.stage = s.address();
  finding.place = s.callable ? s.callable->place : model::SourcePlace{s.file, 0};
  if (!s.callable)
    if (const auto text = ws_.disk().read(ws_.absolute(s.file))) {
      const auto group = s.name.substr(0, s.name.find('@'));
      for (const auto& name : {s.name, group})
        if (const auto mark = text::yaml::locate(*text, {"stages", name}, true)) finding.place.line = mark->line + 1;
    }
  const auto left = pivot_.records.find(id), right = other_.records.find(id);
  const bool has_left = left != pivot_.records.end(), has_right = right != other_.records.end();
  if (!has_left || !has_right) {
    const bool both_fine = !has_left && !has_right && pivot_.run.code == 0 && other_.run.code == 0 && !options_.against_lock;
    if (both_fine) return finding;  // there is nothing to record of it
    finding.status = Status::failed;
    if (options_.against_lock && !has_right) {
      finding.record.push_back("there is none to compare with: the stage has never run here");
    } else {
      finding.record.push_back(cat("there is none under ", has_left ? report_.against : has_right ? "pivot" : cat("pivot and ", report_.against)));
    }
    return finding;
  }
  for (const auto& out : s.outs) finding.outs.push_back(judge_out(out, left->second, right->second));
  return finding;
}

/// Stages where a difference begins run once more under pivot alone: what differs again is nobody's fault but the stage's.
void Validation::run_again() {
  std::vector<StageId> suspects;
  std::set<std::string> differing;
  for (const auto id : ids_) {
    const auto& finding = report_.stages[place_.at(id)];
    const bool differs = std::any_of(finding.outs.begin(), finding.outs.end(), [](const auto& out) { return out.status > Status::identical; });
    const bool inherits = std::any_of(stage(id).deps.begin(), stage(id).deps.end(), [&](const auto& dep) {
      return std::any_of(differing.begin(), differing.end(), [&](const auto& file) { return path::is_inside(dep.file, file) || path::is_inside(file, dep.file); });
    });
    for (const auto& out : finding.outs)
      if (out.status > Status::identical) differing.insert(out.file);
    if (differs && !inherits) suspects.push_back(id);
  }
  if (suspects.empty()) return;
  std::vector<std::string> argv{own_program(), "repro", "-f", "-s", "-q", "--keep-going", "--no-run-cache"};
  for (const auto id : suspects) argv.push_back(name_for(stage(id), false));
  run_tool(argv, pivot_.root);
  const auto second = records_in(pivot_.root, false);
  for (const auto id : suspects) {
    const auto now = second.find(id);
    if (now == second.end()) continue;
    auto& finding = report_.stages[place_.at(id)];
    for (std::size_t i = 0; i < finding.outs.size(); ++i) {
      const auto& written = stage(id).outs[i].path;
      const auto* before = engine::find_entry(pivot_.records.at(id).outs, written);
      const auto* after = engine::find_entry(now->second.outs, written);
      // What the tolerance covers is fine even if it comes out otherwise each time.
      if (finding.outs[i].status > Status::within && before != nullptr && after != nullptr && before->hash != after->hash)
        finding.outs[i].status = Status::nondeterministic;
    }
  }
}

/// What the tools said, when stages failed.
void Validation::tell_failures() {
  if (report_.count(Status::failed) == 0) return;
  if (pivot_.run.code != 0) report_.problems.push_back(cat("pivot ended with ", std::to_string(pivot_.run.code), ":\n", tail(pivot_.run.output)));
  if (other_.run.code != 0) report_.problems.push_back(cat("dvc ended with ", std::to_string(other_.run.code), ":\n", tail(other_.run.output)));
  report_.broken = pivot_.run.code != 0 && (other_.run.code != 0 || options_.against_lock);
}

Report Validation::run() {
  select();
  const bool has_python = std::any_of(ids_.begin(), ids_.end(), [this](StageId id) { return stage(id).callable != nullptr; });
  if (has_python && !options_.against_lock) exported_ = export_targets(ws_, true, options_.standalone);
  if (options_.keep) folder_.keep();
  run_pivot();
  options_.against_lock ? take_locks() : run_dvc();
  for (const auto id : ids_) {
    place_[id] = report_.stages.size();
    report_.stages.push_back(judge(id));
  }
  run_again();
  for (const auto id : ids_) {
    auto& finding = report_.stages[place_[id]];
    inherit(id, finding);
    for (const auto& out : finding.outs) {
      finding.status = std::max(finding.status, out.status);
      if (out.status > Status::identical) differing_[out.file] = &out;
    }
    if (finding.status != Status::failed) judge_record(id, finding);
  }
  tell_failures();
  report_.allow_nondeterministic = options_.allow_nondeterministic;
  if (options_.keep) report_.kept = folder_.path();
  return std::move(report_);
}

}  // namespace

Options options_of(const Args& args) {
  Options out;
  for (const auto& names : args.values("stages"))
    for (const auto name : split(names, ','))
      if (!trim(name).empty()) out.stages.emplace_back(trim(name));
  out.dvc = args.value_or("dvc", "");
  out.jobs = args.value_or("jobs", "");
  out.against_lock = args.value_or("against", "dvc") == "lock";
  out.keep = args.flag("keep");
  out.standalone = args.flag("standalone");
  out.allow_nondeterministic = args.flag("allow_nondeterministic");
  out.tolerance = {.relative = number_of(args, "rtol"), .absolute = number_of(args, "atol")};
  return out;
}

Report validate(Session& session, const Options& options) {
  auto own = options;
  if (!own.against_lock) own.dvc = find_dvc(own.dvc, session.cwd());
  return Validation(session, own).run();
}

Outcome run_validation(Session& session, const Args& args) {
  const auto report = validate(session, options_of(args));
  Outcome out;
  out.exit_code = report.broken ? 255 : report.exit_code();
  if (args.flag("json")) {
    out.text = as_json(report);
  } else if (args.value_or("format", "text") == "github") {
    out.text = as_annotations(report);
    const char* summary = getenv("GITHUB_STEP_SUMMARY");
    if (summary != nullptr && *summary != '\0') {
      real_disk().append(summary, as_markdown(report));
    } else {
      out.text += as_markdown(report);
    }
  } else {
    out.text = as_text(report);
  }
  return out;
}

}  // namespace pivot::commands::validation

namespace pivot::commands {

Outcome run_validate(Session& session, const Args& args) { return validation::run_validation(session, args); }

}  // namespace pivot::commands
