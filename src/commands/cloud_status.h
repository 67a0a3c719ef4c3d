// `pivot status -c`: how the cache and a remote differ.
#pragma once

#include "commands/session.h"

namespace pivot::commands {

constexpr const char* kNothingTracked = "There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!";

Outcome cloud_status(Session& session, const Args& args);

}  // namespace pivot::commands
