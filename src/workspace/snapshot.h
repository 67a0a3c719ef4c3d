// The imported stages as a file of ours, so that dvc.yaml, its templates and params need not be parsed while nothing moved.
//
//   inputs   = "PIVINPT1" check id key key number (text kind fact)*   the file <stages>-inputs, all that a no-op reads. check: fixed, XXH3-64
//                                              of what follows; numbers, texts: base/binary.h; path (relative to the root when inside),
//                                              WatchingDisk::Seen and, by kind: present: 1 byte (type); content: mark; names: mark, digest
//                                              (fixed) of the names that matter
//   id       = fixed                           XXH3-64 of python, stages and sections: what verdicts (known_verdicts.h) refer to
//   key      = fixed                           XXH3-128 of the program, the parsing options, the Git root and what Python imported
//   stages   = "PIVMODL2" check id python all sections
//   python   = number text*                    files of Python pipelines
//   all      = number stage*                   model/stage_binary.h
//   sections = number (text value value value value value)*   dvc.yaml: metrics, params, plots, artifacts, datasets
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/binary.h"
#include "base/disk.h"
#include "base/hash.h"
#include "base/watching_disk.h"
#include "workspace/collection.h"

namespace pivot::workspace {

class Snapshot {
 public:
  /// `file`: of the stages, absolute. `key`: of everything but files that the import depends on.
  Snapshot(Disk& disk, std::string root, std::string file, Hash128 key);

  /// True when there is a snapshot and everything that it was made from stands as it stood. Looks once.
  bool is_current();
  /// The stages of a current snapshot; nullopt when the file turns out to be damaged.
  std::optional<Imported> load();
  /// Which import it is; 0 when there is none.
  std::uint64_t id() const { return id_; }

  /// Takes a fresh import, made between `started_ns` (wall clock) and now from what the disk saw.
  void take(const Imported& imported, const WatchingDisk& seen, std::int64_t started_ns);
  /// Writes what was taken; not when an input is so young that its stat says little. Failure to write is silent. Folders whose time stamps
  /// alone moved are written down only with `stamps`: after a command that wrote files beside the inputs they have moved again.
  void save(bool stamps);

 private:
  std::string inputs_file() const { return file_ + "-inputs"; }
  bool check();
  bool inputs_stand(BinaryReader& from, BinaryWriter& now);
  std::uint64_t names_digest(const std::string& folder) const;
  std::optional<std::string> inputs(const WatchingDisk& seen, std::int64_t started_ns) const;
  std::string absolute(std::string_view p) const;

  Disk& disk_;
  std::string root_, file_;
  Hash128 key_;
  std::uint64_t id_ = 0;
  std::optional<bool> current_;
  bool moved_ = false;         ///< current, but a folder's time stamps moved
  bool young_ = false;         ///< ... a moment ago
  std::string inputs_;         ///< to be written
  std::string body_;           ///< taken: everything behind the id; empty: what the file has
};

/// Which program this is: another build reads no snapshot of ours.
std::uint64_t program_mark(Disk& disk);

}  // namespace pivot::workspace
