// An append-only file of results that are not in dvc.lock yet: what survives a kill between two writes of the lock.
//
// Grammar, version 1 (bytes):
//   journal = "pivot-journal 1 " pid "\n" { record }
//   record  = "r " length " " checksum "\n" payload "\n"     length: decimal bytes of the payload; checksum: 16 hex digits, xxh3 of it
//   payload = stage-name "\0" base "\0" entry                base: 16 hex digits, xxh3 of the entry that the lock held before ("0"*16: none)
//   entry   = the stage's lock entry as YAML
// A torn last record (length or checksum wrong) ends the reading: its stage just runs again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"

namespace pivot::engine {

class Journal {
 public:
  struct Record {
    std::string stage, base, entry;
  };
  Journal(Disk& disk, std::string file) : disk_(disk), file_(std::move(file)) {}
  void append(const Record& record);
  /// All whole records; empty when there is no journal. `pid`: whose it is, 0 unknown.
  std::vector<Record> read(int& pid);
  /// The results are in the lock: the journal goes.
  void clear();

 private:
  Disk& disk_;
  std::string file_;
  bool started_ = false;
};

/// 16 hex digits of xxh3; what `base` and `checksum` are made of.
std::string journal_hash(std::string_view text);

}  // namespace pivot::engine
