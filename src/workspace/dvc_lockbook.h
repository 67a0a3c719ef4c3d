// The lockbook's binding to dvc.lock files: read by lines, kept in memory, written a few times a second at most.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

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
  /// A lock file that was asked for.
  struct BookState {
    std::string file;                ///< relative to the root
    std::optional<FileStat> loaded;  ///< when it was read
    std::optional<FileStat> now;     ///< when it was read or written last
    bool written = false;
    bool is_normal = false;          ///< in the form that our writer gives it
  };
  std::vector<BookState> books() const;
  /// (dvc.yaml, stage) of the entries that were recorded or removed.
  const std::set<std::pair<std::string, std::string>>& changed() const { return changed_; }
  /// Says of a file with this stat that it has the form that our writer gives it.
  std::function<bool(const std::string& file, const FileStat& stat)> is_normal;
  /// Called when somebody else wrote a lock file that we had read.
  std::function<void()> on_foreign_change;
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
  std::set<std::pair<std::string, std::string>> changed_;
};

}  // namespace pivot::workspace
