// `pivot root`: the way from here to the root of the repository.
#include "base/path.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "workspace/root.h"

namespace pivot::commands {

Outcome run_root(Session& session, const Args&) {
  session.out().info(path::relative(workspace::find_root(session.cwd()), session.cwd()));
  return {};
}

}  // namespace pivot::commands
