#include "commands/validation/findings.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"
#include "text/json.h"

namespace pivot::commands::validation {

namespace {

std::string seconds(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", value);
  return text;
}

std::string counted(std::size_t n, const char* noun) { return cat(std::to_string(n), " ", noun, n == 1 ? "" : "s"); }

std::vector<std::string> lines_of(const OutFinding& out) {
  std::vector<std::string> lines;
  if (!out.inherited_from.empty()) lines.push_back(cat("its input '", out.inherited_from, "' differs already"));
  for (const auto& detail : out.comparison.details) lines.push_back(detail);
  if (const auto shown = out.comparison.details.size(); out.comparison.differences > shown)
    lines.push_back(cat("and ", std::to_string(out.comparison.differences - shown), " more"));
  return lines;
}

std::string verdict(const Report& report) {
  if (report.exit_code() != 0) return "NOT equivalent";
  if (report.count(Status::nondeterministic) > 0) return "Equivalent, apart from what is nondeterministic";
  return report.count(Status::within) > 0 ? "Equivalent within the tolerance" : "Equivalent";
}

std::string totals(const Report& report) {
  std::vector<std::string> parts;
  for (auto status : {Status::identical, Status::equal, Status::within, Status::nondeterministic, Status::incomparable, Status::different, Status::failed})
    if (const auto n = report.count(status); n > 0) parts.push_back(cat(std::to_string(n), " ", status_name(status)));
  return cat(counted(report.stages.size(), "stage"), parts.empty() ? "" : ": ", join(parts, ", "));
}

std::string times(const Report& report) {
  if (report.other_seconds == 0) return cat("pivot ran for ", seconds(report.pivot_seconds));
  return cat("pivot ran for ", seconds(report.pivot_seconds), ", ", report.against, " for ", seconds(report.other_seconds));
}

Value texts(const std::vector<std::string>& lines) {
  List out;
  for (const auto& line : lines) out.emplace_back(line);
  return Value(std::move(out));
}

Value as_value(const OutFinding& out) {
  Map map;
  map.set("path", out.file);
  map.set("status", Value(status_name(out.status)));
  map.set("details", texts(out.comparison.details));
  map.set("differences", static_cast<std::int64_t>(out.comparison.differences));
  if (!out.inherited_from.empty()) map.set("inherited_from", out.inherited_from);
  return Value(std::move(map));
}

/// As workflow commands want it.
std::string escaped(std::string_view text, bool property) {
  auto out = replace_all(replace_all(replace_all(text, "%", "%25"), "\r", "%0D"), "\n", "%0A");
  return property ? replace_all(replace_all(out, ":", "%3A"), ",", "%2C") : out;
}

std::string cell(std::string_view text) { return replace_all(replace_all(text, "|", "\\|"), "\n", " "); }

}  // namespace

std::string_view status_name(Status status) {
  switch (status) {
    case Status::identical: return "identical";
    case Status::equal: return "equal content";
    case Status::within: return "within tolerance";
    case Status::nondeterministic: return "nondeterministic";
    case Status::incomparable: return "not comparable";
    case Status::different: return "different";
    case Status::failed: break;
  }
  return "failed";
}

std::size_t Report::count(Status status) const {
  return static_cast<std::size_t>(std::count_if(stages.begin(), stages.end(), [status](const StageFinding& s) { return s.status == status; }));
}

int Report::exit_code() const {
  const auto bad = count(Status::different) + count(Status::failed) + count(Status::incomparable);
  return bad > 0 || (count(Status::nondeterministic) > 0 && !allow_nondeterministic) ? 1 : 0;
}

std::string as_text(const Report& report) {
  std::string out;
  for (const auto& stage : report.stages) {
    if (stage.status == Status::identical) continue;
    out += cat(stage.stage, ": ", status_name(stage.status), "\n");
    for (const auto& o : stage.outs) {
      if (o.status == Status::identical) continue;
      out += cat("  ", o.file, ": ", status_name(o.status), "\n");
      for (const auto& line : lines_of(o)) out += cat("    ", line, "\n");
    }
    for (const auto& line : stage.record) out += cat("  lock entry: ", line, "\n");
  }
  for (const auto& problem : report.problems) out += cat(problem, "\n");
  out += cat(verdict(report), " with ", report.against, ". ", totals(report), " (", times(report), ").\n");
  if (!report.kept.empty()) out += cat("The copies are in ", report.kept, "\n");
  return out;
}

std::string as_json(const Report& report) {
  Map top;
  top.set("against", report.against);
  top.set("equivalent", report.exit_code() == 0);
  List stages;
  for (const auto& stage : report.stages) {
    Map map;
    map.set("stage", stage.stage);
    map.set("file", stage.place.file);
    if (stage.place.line > 0) map.set("line", stage.place.line);
    map.set("status", Value(status_name(stage.status)));
    List outs;
    for (const auto& o : stage.outs) outs.push_back(as_value(o));
    map.set("outs", Value(std::move(outs)));
    map.set("lock", texts(stage.record));
    stages.emplace_back(std::move(map));
  }
  top.set("stages", Value(std::move(stages)));
  top.set("problems", texts(report.problems));
  Map spent;
  spent.set("pivot", report.pivot_seconds);
  spent.set("other", report.other_seconds);
  top.set("seconds", Value(std::move(spent)));
  if (!report.kept.empty()) top.set("folder", report.kept);
  return text::json::dump(Value(std::move(top))) + "\n";
}

std::string as_annotations(const Report& report) {
  std::string out;
  for (const auto& stage : report.stages) {
    if (stage.status <= Status::equal) continue;
    const bool is_error = stage.status > Status::nondeterministic || (stage.status == Status::nondeterministic && !report.allow_nondeterministic);
    std::vector<std::string> lines;
    for (const auto& o : stage.outs) {
      if (o.status == Status::identical) continue;
      lines.push_back(cat(o.file, ": ", status_name(o.status)));
      for (const auto& line : lines_of(o)) lines.push_back(cat("  ", line));
    }
    for (const auto& line : stage.record) lines.push_back(cat("lock entry: ", line));
    out += cat("::", is_error ? "error" : "warning", " file=", escaped(stage.place.file, true));
    if (stage.place.line > 0) out += cat(",line=", std::to_string(stage.place.line));
    out += cat(",title=", escaped(cat("Stage ", stage.stage, ": ", status_name(stage.status)), true), "::", escaped(join(lines, "\n"), false), "\n");
  }
  for (const auto& problem : report.problems) out += cat("::error title=Validation::", escaped(problem, false), "\n");
  return out;
}

std::string as_markdown(const Report& report) {
  auto out = cat("### ", verdict(report), " with ", report.against, "\n\n", totals(report), "; ", times(report), ".\n");
  std::string rows;
  for (const auto& stage : report.stages)
    for (const auto& o : stage.outs)
      if (o.status != Status::identical) {
        const auto lines = lines_of(o);
        rows += cat("| ", cell(stage.stage), " | `", cell(o.file), "` | ", status_name(o.status), " | ", lines.empty() ? "" : cell(lines[0]), " |\n");
      }
  for (const auto& stage : report.stages)
    for (const auto& line : stage.record) rows += cat("| ", cell(stage.stage), " | dvc.lock | ", status_name(stage.status), " | ", cell(line), " |\n");
  if (!rows.empty()) out += cat("\n| stage | output | status | first difference |\n| --- | --- | --- | --- |\n", rows);
  for (const auto& problem : report.problems) out += cat("\n```\n", problem, "\n```\n");
  return out;
}

}  // namespace pivot::commands::validation
