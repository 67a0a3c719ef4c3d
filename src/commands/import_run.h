// Stages that bring data in from elsewhere (`import`, `import-url`): what making them and updating them share.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/session.h"
#include "model/stage.h"
#include "workspace/source_repository.h"
#include "workspace/url_data.h"

namespace pivot::commands {

struct ImportWish {
  bool no_download = false;            ///< only where it comes from and its hash there
  bool to_remote = false;              ///< into a remote, not into the workspace
  std::optional<std::string> remote;   ///< which one; nullopt: the default one
  int jobs = 0;
  bool commit = true;                  ///< into the cache too
  workspace::UrlData* source = nullptr;  ///< of an import-url, when it was looked at already
};

/// The *.dvc file's stage for an output at `out` (as typed; "" or a folder: `name` in it). Throws Error when something is there already and not
/// `force`, for paths outside of the project, and for outputs that other stages have.
model::Stage new_import(Session& session, const std::string& out, const std::string& name, bool force);

/// Takes the data in and fills the stage's hashes. The repository lock must be held.
void take_in(Session& session, model::Stage& stage, const ImportWish& wish);
/// The same; "Importing 'x' -> 'y'" is said before.
void bring_in(Session& session, model::Stage& stage, const ImportWish& wish);
/// The content into a remote alone.
workspace::UrlData::Identity send_directly(Session& session, workspace::UrlData& data, store::Remote& remote);
/// The *.dvc file, the .gitignore line, and the hint for Git.
void save_import(Session& session, model::Stage& stage);

/// Puts the recorded content of an import into the cache, from where it came from. False when the source is another by now, or gone (`why`).
bool fetch_import(Session& session, const model::Stage& stage, int jobs, std::string& why);

/// `import --no-download` and `--no-exec`: where the content comes from is recorded, but not its hash.
bool is_partial_import(const model::Stage& stage);
/// The content of such an import, as recorded, to its place (nothing is there). Throws Error when the source is gone or another by now.
void fill_partial_import(Session& session, const model::Stage& stage, int jobs);

/// The source as messages name it: "data.csv (https://host/repository)", a URL, a path.
std::string shown_source(Session& session, const model::Stage& stage);

/// What an `import-url` follows, with the options that were recorded of it.
workspace::UrlData url_source(workspace::Workspace& ws, const model::Stage& stage, int jobs);

/// What the `repo:` mapping of a dep says, as a wish with the project's cache. `rev`: what is followed, or (`locked`) the commit that is recorded.
workspace::SourceRepository::Wish source_wish(workspace::Workspace& ws, const model::Stage& stage, bool locked, int jobs);

/// What --remote, --remote-config and --config (a file, or a folder with a `config`; as seen from `cwd`) say of a repository. Throws Error.
void add_settings(const Args& args, const std::string& cwd, workspace::SourceRepository::Wish& wish);
/// The settings of a file (`--config`); `base` is where relative names begin. Throws Error when there is none.
workspace::ConfigSections config_of_file(const std::string& file, const std::string& base);

/// name=value words, in lower case names.
std::vector<std::pair<std::string, std::string>> settings_of(const std::vector<std::string>& words);
int jobs_of(const Args& args);

/// A destination as `get` and `get-url` take it: a folder that is there gets `name` in it. Absolute. Throws Error when something is there already
/// and not `force`.
std::string destination(Session& session, const std::string& out, const std::string& name, bool force);

}  // namespace pivot::commands
