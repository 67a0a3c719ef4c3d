// model -> the lock of a Python stage, .pivot/stages/<name>.lock. YAML, one fact a line, in an order that merges well:
//
//   schema: 1
//   stage: train                 what it is the lock of; the file's name is made of it
//   code:                        key -> 16 hex digits, sorted: the parts of the code and the hashes of their syntax trees
//     func:clean: 0123456789abcdef
//     self:train: fedcba9876543210
//   params: {name: value}        sorted; absent when there are none
//   param_files:                 params files that it reads by itself, with the keys that count and their values
//     params.yaml: {train.lr: 0.1}
//   deps: and outs:              lists as in dvc.lock, sorted by path
//   reads:                       the same: files that the run read without declaring them
//   packages: {name: version}    third-party packages that the code or the run touched
//   generation: 3                how often what stands above has changed; last, as all that changes with every run
//   dep_generations: {dep: 2}    of deps that other Python stages write: which generation of that stage they came from
//
// Version history: 1 - the first (the generations came later; a lock without them is in its generation 0). Locks of the original Python tool (`code_manifest`, no `schema`) are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/stage.h"

namespace pivot::exporters {

/// Without the generations.
std::string write_stage_lock(const std::string& name, const model::StageRecord& record);

struct Generations {
  std::int64_t own = 0;
  std::vector<std::pair<std::string, std::int64_t>> deps;  ///< path as in the lock -> generation
};

/// The last lines of a lock.
std::string generation_lines(const Generations& generations);
/// A lock without them.
std::string_view without_generations(std::string_view lock);

}  // namespace pivot::exporters
