// What is known of the last good run of every stage: dvc.lock for the stages of dvc.yaml, one lock each for Python stages.
#pragma once

#include <string>

#include "engine/lockbook.h"
#include "workspace/dvc_lockbook.h"
#include "workspace/stage_lockbook.h"

namespace pivot::workspace {

class Lockbooks final : public engine::Lockbook {
 public:
  Lockbooks(Disk& disk, const std::string& root, const std::string& cwd) : dvc(disk, root, cwd), python(disk, root) {}
  const model::StageRecord* find(const model::Stage& stage) override { return stage.callable ? python.find(stage) : dvc.find(stage); }
  Effect record(const model::Stage& stage, const model::StageRecord& record) override {
    return stage.callable ? python.record(stage, record) : dvc.record(stage, record);
  }
  void write(bool now) override { dvc.write(now); }
  bool refresh() override { return dvc.refresh(); }
  bool pending() const override { return dvc.pending(); }
  /// Drops what is known of a stage and writes at once.
  void remove(const model::Stage& stage) { stage.callable ? python.remove(stage) : dvc.remove(stage); }

  DvcLockbook dvc;
  StageLockbook python;
};

}  // namespace pivot::workspace
