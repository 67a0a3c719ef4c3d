// Which stages a call wants, and in which order.
#pragma once

#include <vector>

#include "engine/seams.h"

namespace pivot::engine {

struct PlanOptions {
  bool everything = false;   ///< -P
  bool pipelines = false;    ///< -p: the whole pipelines that the targets belong to
  bool downstream = false;   ///< --downstream: the targets and all that depends on them
  bool single_item = false;  ///< -s: the targets alone
};

/// Stages in the order in which DVC runs them: depth first, what a stage reads before the stage, else in the order of the files.
/// What only a frozen stage reads is left out.
std::vector<model::StageId> make_plan(const Project& project, const std::vector<model::StageId>& targets, const PlanOptions& options);

}  // namespace pivot::engine
