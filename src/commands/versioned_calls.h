// push and update of outputs whose remote keeps versions of plain files: and what the records say of it afterwards.
#pragma once

#include <string>

#include "commands/session.h"
#include "workspace/versioned_data.h"

namespace pivot::commands {

/// Uploads, and writes the versions into dvc.lock and the *.dvc files. The repository lock must be held.
store::VersionedTransfer::Result push_versioned(Session& session, workspace::Remotes& remotes, const workspace::VersionedGroup& group,
                                               const workspace::TransferTold& told);

/// Throws what DVC says of commands that such remotes don't know.
void refuse_versioned(workspace::Remotes& remotes, const std::string& remote, const std::string& command);

/// `update` of what `add` and stages made: the output becomes what lies in its worktree remote. Throws Error when its remote is no such.
void update_from_worktree(Session& session, const model::Stage& stage, int jobs);

}  // namespace pivot::commands
