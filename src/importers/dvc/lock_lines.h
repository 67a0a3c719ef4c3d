// dvc.lock in the style that DVC writes, read by lines.
//
//   schema: '2.0'
//   stages:
//     NAME:
//       cmd: TEXT          or a list of "- TEXT"
//       deps:              also outs:
//       - path: TEXT
//         hash: md5
//         md5: HEX
//         size: N
//       params:
//         FILE:
//           KEY: VALUE
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "model/stage.h"

namespace pivot::importers::dvc {

/// Where one stage stands in the text: its name, and the lines below the name.
struct LockSpan {
  std::string_view name;
  std::string_view body;
};

/// The stages of a lock in DVC's style; nullopt when a line is outside of it (which says nothing about its being correct).
std::optional<std::vector<LockSpan>> index_lock_lines(std::string_view content);

/// The same, looking at nothing but names: for a text that was found good before. What stands below a name is checked by are_lock_lines().
std::optional<std::vector<LockSpan>> index_lock_names(std::string_view content);

/// Every line below a name is in DVC's style.
bool are_lock_lines(std::string_view body);

/// Reads the lines below a name, which must be in DVC's style; nullopt when that needs the general reader.
std::optional<model::StageRecord> read_lock_lines(std::string_view body);

}  // namespace pivot::importers::dvc
