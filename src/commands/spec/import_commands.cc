// Commands that bring data in from elsewhere. Flags, dests and defaults are those of
// DVC 3.67.1 (tests/golden/cli/dvc_cli.json).
#include "commands/run_functions.h"
#include "commands/spec/rows.h"

namespace pivot::commands::spec {
namespace {

constexpr FlagRow kArtifactsGet[] = {
  opt("--rev", "Version of the artifact.").many("?").shown("<version>"),
  opt("--stage", "Lifecycle stage of the artifact.").many("?").shown("<stage>"),
  opt("-o --out", "Where to put the files.").many("?").shown("<path>"),
  on("--show-url", "Print the storage address of the data and stop."),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  on("-f --force", "Overwrite what is there without asking."),
  opt("--config", "Config file (or folder) of the source repository to use."),
  opt("--remote", "Remote storage to use instead of the default one."),
  pairs("--remote-config", "Options of the remote, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Repository that declares the artifact."),
  word("name", "Name of the artifact."),
};

constexpr FlagRow kDatasetAdd[] = {
  opt("--dc", "DataChain dataset.").shown("name"),
  opt("--dvc", "DVC repository.").shown("url"),
  opt("--url", "Cloud URL."),
  opt("--rev", "Git revision (with --dvc).").shown("<commit>"),
  opt("--path", "Path inside the repository (with --dvc)."),
  on("-f --force", "Replace an entry of the same name."),
  word("name", "Name of the dataset."),
};

constexpr FlagRow kDatasetUpdate[] = {
  opt("--rev --version", "Revision or version to update to.").many("?").shown("<version>"),
  word("name", "Name of the dataset."),
};

constexpr FlagRow kGet[] = {
  opt("-o --out", "Where to put the result.").many("?").shown("<path>"),
  opt("--rev", "Git revision (commit, branch or tag).").many("?").shown("<commit>"),
  on("--show-url", "Print the storage address of the data and stop."),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  on("-f --force", "Overwrite what is there without asking."),
  opt("--config", "Config file (or folder) of the source repository to use."),
  opt("--remote", "Remote storage to use instead of the default one."),
  pairs("--remote-config", "Options of the remote, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Repository to take it from."),
  word("path", "File or folder in that repository."),
};

constexpr FlagRow kGetUrl[] = {
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  on("-f --force", "Overwrite what is there without asking."),
  pairs("--fs-config", "Options of the file system, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Address to download from (see the list of supported URLs of import-url)."),
  word("out", "Destination.").many("?"),
};

constexpr FlagRow kImport[] = {
  opt("-o --out", "Destination in the workspace.").many("?").shown("<path>"),
  on("-f --force", "Overwrite what is there without asking."),
  opt("--rev", "Git revision (commit, branch or tag).").many("?").shown("<commit>"),
  on("--no-exec", "Only write the .dvc file, fetch nothing."),
  on("--no-download", "Write the .dvc file with its hash, but fetch no data."),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  opt("--config", "Config file (or folder) of the source repository to use."),
  opt("--remote", "Remote storage to use instead of the default one."),
  pairs("--remote-config", "Options of the remote, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Repository to import from."),
  word("path", "File or folder in that repository."),
};

constexpr FlagRow kImportDb[] = {
  opt("--sql", "Query whose result is saved."),
  opt("--table", "Table that is saved."),
  opt("--output-format", "Format of the file.").many("?").bare("csv").choose("csv json").otherwise("csv"),
  opt("-o --out", "Destination in the workspace.").many("?").shown("<path>"),
  on("-f --force", "Overwrite what is there without asking."),
  opt("--conn", "Name of a connection from the db section of the configuration.").required(),
};

constexpr FlagRow kTestDb[] = {
  opt("--conn", "Name of a connection.").required(),
  opt("--url", "URL of the database."),
  opt("--password", "Password of the connection."),
  opt("--username", "User of the connection."),
};

constexpr FlagRow kImportUrl[] = {
  on("--to-remote", "Send the data straight to remote storage."),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  on("--no-exec", "Only write the .dvc file, fetch nothing."),
  on("--no-download", "Write the .dvc file with its hash, but fetch no data."),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  on("-f --force", "Overwrite what is there without asking."),
  on("--version-aware", "Track the versions of the storage bucket."),
  pairs("--fs-config", "Options of the file system, as name=value words.").many("*").shown("<name>=<value>"),
  word("url",
      "Address to import: a path, http(s)://, s3://, gs://, azure://, ssh://, remote://name/path and others."),
  word("out", "Destination in the workspace.").many("?"),
};

constexpr FlagRow kList[] = {
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("-T --tree", "Print a tree."),
  opt("-L --level", "Go this many folders deep.").shown("depth").integer(),
  on("--dvc-only", "Only what DVC tracks."),
  on("--json", "Print the result as JSON."),
  opt("--rev", "Git revision (commit, branch or tag).").many("?").shown("<commit>"),
  opt("--config", "Config file (or folder) of the source repository to use."),
  opt("--remote", "Remote storage to use instead of the default one."),
  pairs("--remote-config", "Options of the remote, as name=value words.").many("*").shown("<name>=<value>"),
  on("--size", "Print sizes."),
  on("--show-hash", "Print hashes beside the paths."),
  word("url", "Path or URL of a Git or DVC repository."),
  word("path", "Path inside the repository.").many("?"),
};

constexpr FlagRow kListUrl[] = {
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("-T --tree", "Print a tree."),
  opt("-L --level", "Go this many folders deep.").shown("depth").integer(),
  on("--size", "Print sizes."),
  pairs("--fs-config", "Options of the file system, as name=value words.").many("*").shown("<name>=<value>"),
  word("url", "Address to list."),
};

constexpr FlagRow kUpdate[] = {
  opt("--rev", "Revision to update to.").many("?").shown("<commit>"),
  on("-R --recursive", "Look for targets in subfolders as well."),
  on("--no-download", "Write the .dvc file with its hash, but fetch no data."),
  on("--to-remote", "Send the data straight to remote storage, not through the workspace."),
  opt("-r --remote", "Remote storage to use instead of the default one.").shown("<name>"),
  opt("-j --jobs", "How many transfers run at the same time.").shown("<number>").integer(),
  word("targets", ".dvc files of imports.").many("+"),
};

}  // namespace

std::span<const CommandRow> import_commands() {
  static constexpr CommandRow kRows[] = {
    {.name = "artifacts", .summary = "Commands for registered artifacts.", .group = true},
    {.name = "artifacts get", .summary = "Download an artifact of a repository.", .flags = kArtifactsGet, .run = run_artifacts_get},
    {.name = "dataset", .summary = "Commands for datasets.", .aliases = "ds", .group = true, .hidden = true},
    {.name = "dataset add", .summary = "Add a dataset to dvc.yaml.", .flags = kDatasetAdd,
     .one_of = "--dc --dvc --url"},
    {.name = "dataset update", .summary = "Update a dataset.", .flags = kDatasetUpdate},
    {.name = "get", .summary = "Download tracked files from a repository.", .flags = kGet, .run = run_get},
    {.name = "get-url", .summary = "Download files from a URL.", .flags = kGetUrl, .run = run_get_url},
    {.name = "import", .summary = "Download tracked files from a repository and track where they came from.",
     .flags = kImport, .run = run_import, .exclusive = "--no-exec --no-download"},
    {.name = "import-db", .summary = "Save a table or the result of a query as a tracked file.", .flags = kImportDb,
     .one_of = "--sql --table"},
    {.name = "test-db", .summary = "Test a database connection.", .flags = kTestDb, .hidden = true, .plain = true},
    {.name = "import-url", .summary = "Download files from a URL and track where they came from.",
     .flags = kImportUrl, .run = run_import_url, .exclusive = "--no-exec --no-download"},
    {.name = "list", .summary = "List the content of a repository, tracked data included.", .flags = kList,
     .run = run_list, .aliases = "ls"},
    {.name = "list-url", .summary = "List what is behind a URL.", .flags = kListUrl, .run = run_list_url, .aliases = "ls-url"},
    {.name = "update", .summary = "Bring imports up to date.", .flags = kUpdate, .run = run_update},
  };
  return kRows;
}

}  // namespace pivot::commands::spec
