// The process behind store::BridgeRemote: the user's Python with its fsspec plugins.
#pragma once

#include <functional>
#include <memory>

#include "store/remotes/bridge_remote.h"

namespace pivot::workspace {

class Workspace;

/// Starts it when called. The workspace must outlive the call; nullptr: outside of a project.
std::function<std::unique_ptr<store::RemoteBridge>()> bridge_starter(Workspace* ws);

}  // namespace pivot::workspace
