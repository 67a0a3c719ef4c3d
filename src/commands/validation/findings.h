// What a validation found, and how it is told: as text, as JSON, as annotations and a summary of a pull request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "exporters/output_comparison.h"
#include "model/stage.h"

namespace pivot::commands::validation {

enum class Status : std::uint8_t {
  identical,
  equal,
  within,
  nondeterministic,  ///< two runs of pivot alone differ as well, or an input of the stage is so
  incomparable,
  different,
  failed,            ///< the stage was not brought to its end by one of the tools
};
/// "identical", "equal content", "within tolerance", ...
std::string_view status_name(Status status);

struct OutFinding {
  std::string file;  ///< relative to the root
  Status status = Status::identical;
  exporters::Comparison comparison;
  std::string inherited_from;  ///< the input that differs already; "" when the difference begins here
};

struct StageFinding {
  std::string stage;  ///< address
  model::SourcePlace place;
  Status status = Status::identical;
  std::vector<OutFinding> outs;
  std::vector<std::string> record;  ///< differences between the entries of the locks, apart from the hashes of outs
};

struct Report {
  std::string against;  ///< "DVC 3.67.1", "dvc.lock"
  std::vector<StageFinding> stages;
  std::vector<std::string> problems;  ///< what a tool said when it failed
  double pivot_seconds = 0, other_seconds = 0;
  std::string kept;  ///< where the copies are; "" when they are gone
  bool allow_nondeterministic = false;
  bool broken = false;  ///< neither side could bring the pipeline to its end: nothing was proved
  std::size_t count(Status status) const;
  /// 0: equivalent, 1: different.
  int exit_code() const;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);
/// Workflow commands of GitHub Actions, one line a stage that isn't equivalent.
std::string as_annotations(const Report& report);
std::string as_markdown(const Report& report);

}  // namespace pivot::commands::validation
