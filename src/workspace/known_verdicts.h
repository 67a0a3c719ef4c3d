// Which stages an earlier command found unchanged, and what stat said of their files then: while that stands, they are unchanged still, and
// neither dvc.lock nor the stat table has to be asked.
//
//   file    = "PIVVERD1" check id locks plan prefixes paths stages    numbers, texts: base/binary.h; check: XXH3-64 of what follows
//   id      = fixed                       the import (snapshot.h) whose stages these are
//   locks   = number (text flag mark flag)*   dvc.lock files, relative to the root, absent or with their mark (file_mark.h); is the text
//                                         in the form that our writer gives it?
//   plan    = flag flag number (text flag)*   is there nothing to say of the stages but "unchanged"? is the plan known? a plain `repro` at
//                                         the root takes these stages in this order (address, is it a *.dvc file?)
//   stamps  = number (byte mark)*         folders of cache objects (their two hex digits) that had not changed for a while
//   paths   = number (text mark)*         files, relative to the root when inside
//   stages  = number (number paths objects)*   stage (its place in the import);
//                                         paths = number number*; objects = number (fixed fixed)*: MD5s that are in the cache
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/disk.h"
#include "base/file_mark.h"
#include "base/hash.h"
#include "engine/seams.h"

namespace pivot {
class BinaryReader;
class BinaryWriter;
}
namespace pivot::store {
class Store;
}

namespace pivot::workspace {

class Collection;
class Lockbooks;

class KnownVerdicts final : public engine::KnownVerdicts {
 public:
  struct Planned {
    std::string address;  ///< relative to the root
    bool is_data = false;
  };

  /// `file`: absolute. `objects`: the folder of the 256 prefixes.
  KnownVerdicts(Disk& disk, std::string root, std::string file, std::string objects);

  /// Reads what belongs to an import (Snapshot::id). Nothing is known when a dvc.lock moved.
  void open(std::uint64_t import_id);
  /// Every stage of the import is unchanged and there is nothing more to say of them (frozen stages, warnings).
  bool all_unchanged();
  /// Is the plan of a plain `repro` at the root known?
  bool has_plan() const { return has_plan_; }
  const std::vector<Planned>& plan();

  bool unchanged(model::StageId id) override;
  void found_unchanged(model::StageId id) override;
  void forget(model::StageId id) override;
  /// Somebody else wrote a dvc.lock: nothing is known any more.
  void drop();
  /// The lock file with this stat has the form that our writer gives it.
  bool is_normal(const std::string& lock, const FileStat& stat) const;
  /// A plain `repro` at the root took these stages.
  void note_plan(const std::vector<model::StageId>& plan) { plan_ids_ = plan; }
  /// Writes what is known now, about this import. Failure to write is silent.
  void save(Collection& collection, Lockbooks& lockbook, store::Store& store, std::uint64_t import_id, std::int64_t started_ns);

 private:
  enum class State : unsigned char { unknown, stands, broken };
  struct Path {
    std::string_view file;  ///< in content_ or names_
    FileMark mark;
    State state = State::unknown;
    unsigned looked_at = 0;  ///< the value of `commands_` then
  };
  struct Lock {
    std::optional<FileMark> mark;
    bool is_normal = false;
  };
  /// What the verdict of one stage rests on: parts of path_refs_ and objects_seen_.
  struct Certificate {
    bool valid = false;
    std::uint32_t first_path = 0, paths = 0, first_object = 0, objects = 0;
  };

  void read(std::string_view content, std::uint64_t import_id);
  void take_in();
  void read_certificates(BinaryReader& from);
  bool all_stand_unread();
  bool stands(Path& path);
  bool is_cached(const Md5Digest& object);
  bool stands(const Certificate& certificate);
  Certificate* certificate(model::StageId id);
  bool revoke(model::StageId id);
  bool knows_none() const;
  std::optional<Certificate> certify(const model::Stage& stage, Lockbooks& lockbook, store::Store& store, std::int64_t started_ns);
  std::uint32_t path_index(std::string_view file, const FileMark& mark);
  std::string encode(Collection& collection, Lockbooks& lockbook, std::uint64_t import_id, std::int64_t started_ns);
  bool write_locks(BinaryWriter& to, Collection& collection, Lockbooks& lockbook, std::int64_t started_ns) const;
  void write_plan(BinaryWriter& to, Collection& collection);
  void write_stamps(BinaryWriter& to, std::int64_t started_ns) const;

  Disk& disk_;
  std::string root_, file_, objects_;
  bool opened_ = false, dropped_ = false, moved_ = false;
  std::string content_;                  ///< of the file
  std::string_view unread_plan_;         ///< part of it that nobody has needed in memory
  std::string_view unread_;              ///< paths and stages, the same
  std::optional<std::size_t> standing_;  ///< so many paths of unread_ stand, the next one does not
  std::deque<std::string> names_;
  std::vector<Path> paths_;
  unsigned commands_ = 0;  ///< counts what may have changed files since they were looked at
  std::unordered_map<std::string_view, std::uint32_t> path_of_;  ///< filled when certificates are made
  std::vector<Certificate> certificates_;                        ///< by stage
  std::vector<std::uint32_t> path_refs_;                         ///< into paths_
  std::vector<Md5Digest> objects_seen_;
  std::size_t stage_count_ = 0;
  std::array<std::optional<FileMark>, 256> stamps_;
  std::array<State, 256> folders_{};
  std::unique_ptr<FolderLook> objects_look_;  ///< into objects_
  std::unordered_map<std::string, Lock> locks_;
  std::vector<Planned> plan_;
  bool has_plan_ = false, quiet_ = false;
  std::vector<model::StageId> plan_ids_;
  bool plan_written_ = false;                ///< plan_ids_ are in the file
  std::map<std::string, FileMark> written_;  ///< the lock files of this command, as the file of verdicts has them
  std::vector<model::StageId> noted_;
};

}  // namespace pivot::workspace
