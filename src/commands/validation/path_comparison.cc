#include "commands/validation/path_comparison.h"

#include <set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/validation/tool.h"
#include "text/json.h"

namespace pivot::commands::validation {

namespace {

using exporters::Comparison;
using exporters::Form;
using exporters::Likeness;

/// Larger files are compared by their bytes only: a reading of them would not fit into memory on every machine.
constexpr std::int64_t kMostBytes = std::int64_t{512} << 20;

void collect(Disk& disk, const std::string& folder, const std::string& prefix, std::set<std::string>& out) {
  for (const auto& entry : disk.list(folder)) {
    const auto file = cat(folder, "/", entry.name);
    const auto stat = disk.stat(file);
    if (stat && stat->type == FileType::dir) {
      collect(disk, file, cat(prefix, entry.name, "/"), out);
    } else {
      out.insert(prefix + entry.name);
    }
  }
}

const char* form_name(Form form) { return form == Form::parquet ? "parquet" : form == Form::image ? "image" : "numpy"; }

Likeness likeness_of(const std::string& name) {
  for (const auto& [word, likeness] : {std::pair{"equal", Likeness::equal}, {"within", Likeness::within}, {"different", Likeness::different}})
    if (name == word) return likeness;
  return Likeness::incomparable;
}

}  // namespace

Comparison PathComparison::compare(const std::string& left, const std::string& right) {
  const auto a = disk_.stat(left), b = disk_.stat(right);
  Comparison out;
  if (!a || !b) {
    if (a || b) out.add(Likeness::different, cat("it is only there on the ", a ? "left" : "right"));
    return out;
  }
  const bool folder = a->type == FileType::dir;
  if (folder != (b->type == FileType::dir)) {
    out.add(Likeness::different, cat("a ", folder ? "folder" : "file", " and a ", folder ? "file" : "folder"));
    return out;
  }
  return folder ? compare_folders(left, right) : compare_files(left, right, path::basename(left));
}

Comparison PathComparison::compare_folders(const std::string& left, const std::string& right) {
  Comparison out;
  std::set<std::string> before, after;
  collect(disk_, left, "", before);
  collect(disk_, right, "", after);
  for (const auto& name : before)
    if (after.count(name) == 0) out.add(Likeness::different, cat(name, ": only on the left"));
  for (const auto& name : after)
    if (before.count(name) == 0) out.add(Likeness::different, cat(name, ": only on the right"));
  for (const auto& name : before)
    if (after.count(name) != 0) out.merge(compare_files(cat(left, "/", name), cat(right, "/", name), name), cat(name, ": "));
  return out;
}

Comparison PathComparison::compare_files(const std::string& left, const std::string& right, const std::string& name) {
  const auto a = disk_.stat(left), b = disk_.stat(right);
  Comparison out;
  if (!a || !b) {
    out.add(Likeness::different, cat("it can't be read on the ", a ? "right" : "left"));
    return out;
  }
  if (a->size > kMostBytes || b->size > kMostBytes) {
    if (a->size != b->size) {
      out.add(Likeness::different, cat(std::to_string(a->size), " bytes and ", std::to_string(b->size)));
    } else if (!run_quietly({"cmp", "-s", left, right}, "/")) {
      out.add(Likeness::different, "too large for a look inside, but the bytes differ");
    }
    return out;
  }
  const auto before = disk_.read(left).value_or(""), after = disk_.read(right).value_or("");
  if (before == after) return out;
  const auto form = exporters::form_of(name);
  return exporters::takes_python(form) ? compare_with_python(form, left, right) : exporters::compare_contents(form, before, after, tolerance_);
}

Comparison PathComparison::compare_with_python(Form form, const std::string& left, const std::string& right) {
  const auto python = python_();
  Comparison out;
  try {
    const auto run = run_tool({python.interpreter, "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); from pivot._comparison import main; main()",
                               python.runtime, form_name(form), left, right, python_float_repr(tolerance_.relative),
                               python_float_repr(tolerance_.absolute)},
                              "/");
    // A library may have printed something before.
    const auto text = std::string(trim(run.output));
    const auto result = text::json::parse(text.substr(text.rfind('\n') + 1));
    const auto& map = result.as_map();
    out.likeness = likeness_of(map.find("likeness")->as_string());
    for (const auto& detail : map.find("details")->as_list()) out.details.push_back(detail.as_string());
    out.differences = static_cast<std::size_t>(map.find("differences")->as_int());
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::interrupted) throw;
    out.add(Likeness::incomparable, cat("the bytes differ; a look inside takes Python: ", e.message()));
  }
  return out;
}

}  // namespace pivot::commands::validation
