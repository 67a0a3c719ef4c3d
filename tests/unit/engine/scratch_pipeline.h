// A repository with a dvc.yaml in a folder of the test's own, and the engine over it as `repro` sets it up; only the disk may be another.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "../workspace/scratch_folder.h"
#include "base/path.h"
#include "base/strings.h"
#include "engine/explanation.h"
#include "engine/reproduction.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "workspace/collection.h"
#include "workspace/dvc_lockbook.h"
#include "workspace/repo_lock.h"
#include "workspace/workspace.h"

namespace pivot::test {

class ScratchPipeline : public ScratchFolder {
 public:
  explicit ScratchPipeline(std::string_view dvc_yaml) {
    for (const auto* folder : {".dvc/tmp", ".git/objects", ".git/refs/heads"}) real_disk().make_dirs(*this / folder);
    write(".dvc/config", "");
    write(".git/HEAD", "ref: refs/heads/main\n");
    write(".git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
    write("dvc.yaml", dvc_yaml);
  }
  std::vector<std::string> list(std::string_view folder) const {
    std::vector<std::string> names;
    if (real_disk().stat(*this / folder))
      for (const auto& entry : real_disk().list(*this / folder)) names.push_back(entry.name);
    return names;
  }
};

/// One command's life: open, look or run, end. Events become words: "ran a", "skipped a", "restored a", "failed a: why".
class OpenPipeline : public engine::Recorder {
 public:
  explicit OpenPipeline(const ScratchPipeline& folder, Disk& disk = real_disk()) : ws(folder.path(), workspace::LockWait{}, disk) {
    options.shell = {"/bin/sh", "-c"};
  }
  void ignore_outs(const model::Stage& stage) override { ws.ignore_outs(stage); }
  void write_data_stage(const model::Stage& stage) override { ws.write_dvc_file(stage); }
  Value lock_value(const model::StageRecord& record) override { return exporters::lock_value(record); }
  model::StageRecord read_record(const Value& value) override { return importers::dvc::read_record(value); }
  bool confirm(const std::string&) override { return true; }

  model::StageId id(const std::string& name) { return ws.stages().find("dvc.yaml", name); }
  std::vector<std::string> plan(const std::vector<std::string>& targets, const engine::PlanOptions& wanted = {}) {
    std::vector<model::StageId> ids;
    for (const auto& name : targets) ids.push_back(id(name));
    std::vector<std::string> names;
    for (auto stage : engine::make_plan(ws.project(), ids, wanted)) names.push_back(ws.project().stage(stage).name);
    return names;
  }
  /// The scan's reasons as `explain` words them.
  std::vector<std::string> reasons(const std::string& name, const engine::Scan::Options& look = {}) {
    engine::Scan scan(ws.project());
    std::vector<std::string> words;
    for (const auto& reason : scan.look(id(name), look).reasons) words.push_back(engine::explanation(reason, "."));
    return words;
  }
  /// A whole `repro`; throws what it throws.
  std::vector<std::string> repro() {
    ws.recover();
    engine::Reproduction run(ws.project(), ws.lock(), *this, [this](const engine::Event& event) { note(event); }, options);
    try {
      run.run(engine::make_plan(ws.project(), {}, {.everything = true}));
    } catch (...) {
      ws.finish();
      throw;
    }
    ws.finish();
    return events;
  }

  workspace::Workspace ws;
  engine::RunOptions options;
  std::vector<std::string> events;

 private:
  void note(const engine::Event& event) {
    if (const auto* e = std::get_if<engine::StageRan>(&event)) events.push_back("ran " + e->stage);
    if (const auto* e = std::get_if<engine::StageSkipped>(&event)) events.push_back("skipped " + e->stage);
    if (const auto* e = std::get_if<engine::StageRestored>(&event)) events.push_back("restored " + e->stage);
    if (const auto* e = std::get_if<engine::StageFailed>(&event)) events.push_back("failed " + e->stage + ": " + e->message);
  }
};

using Words = std::vector<std::string>;

}  // namespace pivot::test
