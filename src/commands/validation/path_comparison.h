// Two outputs on disk, compared: files by their form, folders file by file.
#pragma once

#include <functional>
#include <string>

#include "base/disk.h"
#include "exporters/output_comparison.h"

namespace pivot::commands::validation {

class PathComparison {
 public:
  /// `python`: interpreter and folder of our package, asked for when a form takes it; "" as interpreter: none.
  struct Python {
    std::string interpreter, runtime;
  };
  PathComparison(Disk& disk, exporters::Tolerance tolerance, std::function<Python()> python)
      : disk_(disk), tolerance_(tolerance), python_(std::move(python)) {}
  /// Of absolute paths; one that is absent is a difference.
  exporters::Comparison compare(const std::string& left, const std::string& right);

 private:
  exporters::Comparison compare_folders(const std::string& left, const std::string& right);
  exporters::Comparison compare_files(const std::string& left, const std::string& right, const std::string& name);
  exporters::Comparison compare_with_python(exporters::Form form, const std::string& left, const std::string& right);
  Disk& disk_;
  exporters::Tolerance tolerance_;
  std::function<Python()> python_;
};

}  // namespace pivot::commands::validation
