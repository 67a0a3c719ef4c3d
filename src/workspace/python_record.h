// What an import of the Python pipelines rested on, so that a later command need not start an interpreter while all of it stands.
//
//   file         = "PIVPYTH2" check key facts        check: fixed, XXH3-64 of what follows; numbers, texts, values: base/binary.h
//   key          = fixed                             XXH3-64 of the program, the interpreter and the pipelines
//   facts        = interpreter files folders probes listings environment distributions
//   interpreter  = text number number                its real path, size, mtime_ns
//   files        = number (text number number number fixed)*   path (relative to the root when inside), size, mtime_ns, ctime_ns,
//                                                    XXH3-64 (ctime and hash 0: not taken)
//   absent       = number text*                      files of ours (see save) that were not there
//   folders      = number (text number text* number text*)*   folder, stems that the importer looked for, entries that have them
//   probes       = number (text byte)*               path, 0 absent, 1 file, 2 folder
//   listings     = number (text fixed)*              folder, XXH3-64 of its sorted names
//   environment  = number (text fixed)*              name, XXH3-64 of the value (0: not set)
//   distributions = number text*                     dist-info folders that were there
//
// Beside it "python-stages": a value, the reply to `describe`, prefixed by the check of this file. Version history: 1 - the first.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/binary.h"
#include "base/disk.h"
#include "base/value.h"

namespace pivot::workspace {

class PythonRecord {
 public:
  /// `folder`: .dvc/tmp/pivot, absolute. `key`: what must be the same beside the facts.
  PythonRecord(Disk& disk, std::string root, std::string folder, std::uint64_t key);

  /// Looks once at everything that the record names.
  bool stands();
  /// Of a record that stands; 0 without one. Another import has another one.
  std::uint64_t id() const { return stands_.value_or(false) ? check_ : 0; }
  /// The reply to `describe`, of a record that stands or of one that doesn't; nullopt when there is none.
  std::optional<Value> description();
  /// When the record doesn't stand: what moved. `whole`: more than sources of the project.
  struct Moved {
    bool whole = true;
    std::set<std::string> files;  ///< relative to the root
  };
  const Moved& moved() const { return moved_; }
  /// Keeps a description with its certificate. `read_by_us`: files that took part and that Python does not read, params files and every
  /// pivot.yaml; those that are not there count too. Failure to write is silent.
  void save(const Value& reply, const std::vector<std::string>& read_by_us, std::int64_t started_ns);

 private:
  bool check();
  bool check_files(BinaryReader& from);
  bool check_folders(BinaryReader& from);
  bool check_rest(BinaryReader& from);
  std::string absolute(std::string_view p) const;
  bool write_files(BinaryWriter& to, const Value& certificate, const std::vector<std::string>& read_by_us, std::int64_t started_ns) const;

  Disk& disk_;
  std::string root_, folder_;
  std::uint64_t key_, check_ = 0;
  std::optional<bool> stands_;
  Moved moved_;
};

}  // namespace pivot::workspace
