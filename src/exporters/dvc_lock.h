// model -> dvc.lock, *.dvc: byte for byte what DVC's writer makes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::exporters {

/// A StageRecord as the map that dvc.lock holds (key order cmd, deps, params, outs; entries path, hash, md5, size, nfiles, isexec;
/// lists sorted as DVC sorts; legacy entries without `hash`). Also the form that run-cache keys are made of.
Value lock_value(const model::StageRecord& record);

/// A dvc.lock that is being updated: holds the normalised text and replaces entries as spans, so that a write costs what the
/// entry costs plus one memcpy of the file.
class DvcLockWriter {
 public:
  /// `content` empty: a new file. `is_normal`: it is surely what text() gave once, and need not be checked.
  explicit DvcLockWriter(std::string_view content, bool is_normal = false);
  ~DvcLockWriter();
  /// Replaces in place, or appends; true when the entry's text changed or is new.
  bool set(const std::string& stage, const model::StageRecord& record) { return set_text(stage, entry_for(stage, record)); }
  bool set_text(const std::string& stage, std::string text);
  /// What an entry's text would be: for set_text().
  static std::string entry_for(const std::string& stage, const model::StageRecord& record);
  bool remove(const std::string& stage);
  /// The present text of an entry with its name line, "" when there is none.
  std::string_view entry_text(const std::string& stage) const;
  bool empty() const;  ///< no stage left
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A new *.dvc file, or `old` updated in place (comments, key order and unknown keys kept).
std::string write_dvc_file(const model::Stage& stage, std::string_view old = {});
/// md5 of an import stage (contract 4.2).
std::string import_md5(const model::Stage& stage);

/// Edits of dvc.yaml that touch only the lines they mean (known difference: DVC re-dumps the whole file). A stage that is there already
/// becomes as given; unchanged keys keep their text. Files are text with at least one stage, or empty.
std::string add_stage(std::string_view dvc_yaml, const std::string& name, const Value& stage);
/// Many stages at once, in one pass over the file: those of `removed` go, those of `stages` become as given. `document` is what the text
/// holds; it is returned as it is when nothing differs. "" when no stage is left.
std::string edit_stages(const std::string& dvc_yaml, const Value& document, const std::vector<std::string>& removed, const Map& stages);
/// "" when no stage is left: DVC deletes the file then.
std::string remove_stage(std::string_view dvc_yaml, const std::string& name);
std::string set_frozen(std::string_view dvc_yaml, const std::string& name, bool frozen);

}  // namespace pivot::exporters
