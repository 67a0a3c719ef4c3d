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
//
// Version history: 1 - the first. Locks of the original Python tool (`code_manifest`, no `schema`) are read.
#pragma once

#include <string>

#include "model/stage.h"

namespace pivot::exporters {

std::string write_stage_lock(const std::string& name, const model::StageRecord& record);

}  // namespace pivot::exporters
