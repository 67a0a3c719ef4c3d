// How long stages took when they last ran here. A file of lines "SECONDS ADDRESS", the last one of a stage counts; it may be deleted any time.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"

namespace pivot::workspace {

class RunTimes {
 public:
  /// `file`: absolute.
  RunTimes(Disk& disk, std::string file) : disk_(disk), file_(std::move(file)) {}
  /// Seconds by the stage's address from the root. Lines that can't be read are passed over.
  std::map<std::string, double> load();
  /// Appends runs (address, seconds). Never throws: a run doesn't fail because its time can't be kept.
  void add(const std::vector<std::pair<std::string, double>>& runs);

 private:
  static constexpr std::int64_t kMostBytes = 1 << 18;  ///< then it is written anew, a line a stage
  Disk& disk_;
  std::string file_;
};

}  // namespace pivot::workspace
