// `pivot status -c`: how the cache and a remote differ.
#pragma once

#include "commands/session.h"

namespace pivot::commands {

struct CloudStatus {
  std::string remote;  ///< its name
  Map differences;     ///< file -> "new", "deleted", "missing"
};

/// Throws Error (refusal).
CloudStatus cloud_status(Session& session, const Args& args);

std::string cloud_status_text(const Map& differences);

}  // namespace pivot::commands
