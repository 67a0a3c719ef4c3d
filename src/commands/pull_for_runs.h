// `repro --pull`: what brings the data that a run lacks.
#pragma once

#include "commands/session.h"
#include "engine/reproduction.h"

namespace pivot::commands {

/// Fetches the run cache at once; what fails on the way is a warning. The session must outlive it.
engine::Puller pull_for_runs(Session& session, bool with_run_cache);

}  // namespace pivot::commands
