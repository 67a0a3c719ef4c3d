// The lockbook's binding to the locks of Python stages: .pivot/stages/<name>.lock, one file a stage, written at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/disk.h"
#include "base/value.h"
#include "engine/lockbook.h"

namespace pivot::workspace {

class StageLockbook {
 public:
  StageLockbook(Disk& disk, std::string root) : disk_(disk), root_(std::move(root)) {}
  /// The lock of a stage, relative to the root.
  static std::string file_of(const model::Stage& stage);
  /// The content of a lock file. Throws Error (validation) with the place in it.
  static Value load(const std::string& content, const std::string& file);
  const model::StageRecord* find(const model::Stage& stage);
  engine::Lockbook::Effect record(const model::Stage& stage, const model::StageRecord& record);
  void remove(const model::Stage& stage);
  /// How often the record of a stage has changed; 0 for one without.
  std::int64_t generation(const model::Stage& stage);
  /// The Python stage that writes a path (relative to the root); nullptr when none does.
  std::function<const model::Stage*(const std::string& file)> producer;
  const std::map<std::string, bool>& written() const { return written_; }

 private:
  Disk& disk_;
  std::string root_;
  struct Known {
    std::unique_ptr<model::StageRecord> record;  ///< null: none
    std::int64_t generation = 0;
  };
  Known& known(const model::Stage& stage);
  std::unordered_map<std::string, Known> records_;  ///< by lock file
  std::map<std::string, bool> written_;
};

}  // namespace pivot::workspace
