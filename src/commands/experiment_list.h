// Experiments as DVC keeps them in Git: a reference refs/exps/<sha of the baseline, cut after two digits>/<name> for each that came to its end, an
// entry in the reflog of refs/exps/celery/stash for each that waits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "git/git.h"

namespace pivot::commands {

struct Experiment {
  std::string name, commit;
  std::int64_t time = 0;  ///< seconds since 1970
  bool is_queued = false;
};

/// Those of a baseline commit: finished ones, the newest first, then those that wait, the newest first.
std::vector<Experiment> experiments_of(git::Git& git, const std::string& baseline);

}  // namespace pivot::commands
