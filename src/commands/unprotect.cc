// `pivot unprotect`: replaces links into the cache by files that may be edited.
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "store/store.h"
#include "workspace/collection.h"

namespace pivot::commands {

Outcome run_unprotect(Session& session, const Args& args) {
  auto& ws = session.workspace();
  int exit_code = 0;
  for (const auto& target : args.values("targets")) {
    const auto file = path::normalize(path::join(ws.absolute(ws.cwd()), target));
    if (!ws.disk().stat(file)) {
      session.out().error(cat("failed to unprotect '", target, "' - can't unprotect non-existing data '", target, "'"));
      exit_code = 1;
      continue;
    }
    ws.store().unprotect(file);
  }
  return {exit_code, ""};
}

}  // namespace pivot::commands
