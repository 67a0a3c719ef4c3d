#include "commands/python_findings.h"

#include "base/path.h"
#include "base/strings.h"
#include "workspace/collection.h"
#include "workspace/lockbooks.h"
#include "workspace/python_pipelines.h"

namespace pivot::commands {

namespace {

std::string shown(const model::SourcePlace& place, const std::string& cwd) {
  const auto file = path::is_absolute(place.file) ? place.file : path::relative(place.file, cwd);
  return place.line > 0 ? cat(file, ":", std::to_string(place.line)) : file;
}

std::string findings_of(workspace::Workspace& ws, const model::Stage& stage) {
  std::string out;
  for (const auto& spot : stage.callable->blind_spots) out += cat("\t\t", shown(spot.place, ws.cwd()), ": ", spot.text, "\n");
  if (const auto* record = ws.lockbook().find(stage))
    for (const auto& read : record->reads)
      out += cat("\t\treads '", path::relative(read.path, ws.cwd()), "' without declaring it: add it to deps\n");
  return out;
}

}  // namespace

std::string python_findings(workspace::Workspace& ws) {
  std::size_t count = 0;
  std::string out;
  for (const auto& stage : ws.stages().stages) {
    if (!stage.callable) continue;
    ++count;
    if (const auto found = findings_of(ws, stage); !found.empty()) out += cat("\t", stage.address_from(ws.cwd()), ":\n", found);
  }
  if (count == 0) return "";
  const auto title = cat("Python stages: ", std::to_string(count), ", interpreter ", ws.python().interpreter());
  if (out.empty()) return cat(title, "\nBlind spots of the fingerprints: none");
  out.pop_back();
  return cat(title, "\nBlind spots of the fingerprints:\n", out);
}

}  // namespace pivot::commands
