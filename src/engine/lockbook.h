// What is known of the last good run of each stage. The engine sees this seam; workspace/ binds it to dvc.lock files.
#pragma once

#include <string>

#include "model/stage.h"

namespace pivot::engine {

class Lockbook {
 public:
  virtual ~Lockbook() = default;
  /// The last record of a stage; nullptr when there is none. Valid until the next record() or reload().
  virtual const model::StageRecord* find(const model::Stage& stage) = 0;
  struct Effect {
    bool generated = false;  ///< the file was absent or empty
    bool updated = false;    ///< the entry differs from what was known
    std::string file;        ///< the lock file, relative to the root
  };
  /// Remembers a result: it is safe (in the journal) when this returns.
  virtual Effect record(const model::Stage& stage, const model::StageRecord& record) = 0;
  /// Writes what is pending to its file when that is due; `now` ignores the pace.
  virtual void write(bool now) = 0;
  /// Results wait to be written.
  virtual bool pending() const = 0;
  /// Looks whether somebody else changed the files, and takes their changes in; true when there were any.
  virtual bool refresh() = 0;
};

}  // namespace pivot::engine
