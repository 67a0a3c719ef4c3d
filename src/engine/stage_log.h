// What a stage printed in its last run: .dvc/tmp/pivot/logs/<stage>.log, for `pivot logs`. A stage that never printed anything has none:
// on some file systems a new file costs as much as a small stage.
#pragma once

#include <string>
#include <string_view>

namespace pivot::engine {

class StageLog {
 public:
  /// Empties the log of an earlier run. A log that can't be written is no reason to fail.
  StageLog(const std::string& folder, const std::string& address);
  ~StageLog();
  StageLog(const StageLog&) = delete;
  StageLog& operator=(const StageLog&) = delete;
  void append(std::string_view text);
  /// Makes the file, if nothing was printed.
  void keep();
  /// The log's file for a stage.
  static std::string file(const std::string& folder, const std::string& address);

 private:
  std::string file_;
  int fd_ = -1;
  bool made_ = false;
};

/// A stage's address as one file name: all but letters, digits, "_", "-", "." and "@" as %XX.
std::string file_name_of(std::string_view address);

}  // namespace pivot::engine
