// The lockbook's binding to dvc.lock files: read by lines, kept in memory, written a few times a second at most.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/disk.h"
#include "engine/journal.h"
#include "engine/lockbook.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"

namespace pivot::workspace {

class DvcLockbook : public engine::Lockbook {
 public:
  /// `cwd` relative to the root, for messages.
  DvcLockbook(Disk& disk, std::string root, std::string cwd);
  ~DvcLockbook() override;
  const model::StageRecord* find(const model::Stage& stage) override;
  Effect record(const model::Stage& stage, const model::StageRecord& record) override;
  void write(bool now) override;
  bool refresh() override;
  bool pending() const override;
  /// Drops the entry of a stage and writes at once; the file goes with its last stage.
  void remove(const model::Stage& stage);
  /// The lock files that were written, relative to the root.
  const std::map<std::string, bool>& written() const { return written_; }
  /// Called before and after a lock file is written because of a journal that a killed run left.
  std::function<void()> lock, unlock;

 private:
  struct Book;
  Book& book(const std::string& stage_file);
  void load(Book& book);
  void recover(Book& book);
  void save(Book& book);
  exporters::DvcLockWriter& writer(Book& book);
  Disk& disk_;
  std::string root_, cwd_;
  std::unordered_map<std::string, std::unique_ptr<Book>> books_;
  std::map<std::string, bool> written_;
};

}  // namespace pivot::workspace
