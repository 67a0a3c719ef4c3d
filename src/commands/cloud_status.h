// `pivot status -c`: how the cache and a remote differ.
#pragma once

#include "commands/session.h"

namespace pivot::commands {

Outcome cloud_status(Session& session, const Args& args);

}  // namespace pivot::commands
