// From the constant rows to Specs: one command at a time while a command line is read, all of them for completion and
// tests.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "commands/command.h"
#include "commands/spec/rows.h"
#include "commands/spec/shared_flags.h"

namespace pivot::commands {
namespace {

using spec::CommandRow;
using spec::FlagRow;

/// The order of DVC's own help; ours follow.
constexpr std::string_view kOrder[] = {
    "add",     "artifacts", "cache",    "check-ignore", "checkout", "commit",     "completion", "config",
    "daemon",  "dag",       "data",     "pull",         "push",     "fetch",      "status",     "dataset",
    "destroy", "diff",      "du",       "experiments",  "freeze",   "unfreeze",   "gc",         "get",
    "get-url", "git-hook",  "import",   "import-db",    "test-db",  "import-url", "init",       "install",
    "list",    "list-url",  "metrics",  "move",         "params",   "plots",      "queue",      "remote",
    "remove",  "repro",     "root",     "stage",        "studio",   "unprotect",  "update",     "version",
    "run",     "export",   "explain",   "show",   "api",   "verify",   "validate",   "import-dvc",   "merge-lock",   "logs",         "help",     "commands",
};

std::array<std::span<const CommandRow>, 6> tables() {
  return {spec::data_commands(),   spec::pipeline_commands(), spec::project_commands(),
          spec::import_commands(), spec::measure_commands(),  spec::experiment_commands()};
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (auto word : split(text, ' ')) out.emplace_back(word);
  return out;
}

std::vector<std::vector<std::string>> word_groups(std::string_view text) {
  std::vector<std::vector<std::string>> out;
  if (text.empty()) return out;
  for (auto group : split(text, '|')) out.push_back(words(group));
  return out;
}

/// argparse's rule: the first long name without dashes, '-' as '_'; else the short one.
std::string derived_dest(const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (name.starts_with("--")) return replace_all(std::string_view(name).substr(2), "-", "_");
  return names.empty() ? "" : names.front().substr(1);
}

Flag flag_of(const FlagRow& row) {
  Flag flag;
  flag.kind = row.kind;
  flag.names = words(row.names);
  flag.dest = *row.dest != '\0' ? row.dest : derived_dest(flag.names);
  flag.metavar = row.metavar;
  flag.help = row.help;
  flag.nargs = row.nargs;
  flag.const_value = row.constant;
  flag.choices = words(row.choices);
  flag.default_value = row.fallback;
  flag.integer = row.is_integer;
  flag.required = row.is_required;
  flag.hidden = row.is_hidden;
  flag.ours = row.is_ours;
  return flag;
}

void add_flags(std::vector<Flag>& flags, std::span<const FlagRow> rows) {
  for (const auto& row : rows) flags.push_back(flag_of(row));
}

Spec spec_of(const CommandRow& row) {
  Spec out;
  out.name = row.name;
  out.summary = row.summary;
  out.description = *row.description != '\0' ? row.description : row.summary;
  out.flags.reserve(row.flags.size() + 20);
  if (!row.plain) out.flags.push_back(flag_of(spec::help_flag()));
  if (row.has_levels) {
    add_flags(out.flags, spec::level_flags());
    out.exclusive.push_back({"--global", "--system", "--project", "--local"});
  }
  add_flags(out.flags, spec::verbosity_flags());
  out.exclusive.push_back({"-q", "-v"});
  add_flags(out.flags, spec::debugging_flags());
  add_flags(out.flags, row.flags);
  for (auto& group : word_groups(row.exclusive)) out.exclusive.push_back(std::move(group));
  out.one_of = word_groups(row.one_of);
  out.aliases = words(row.aliases);
  out.group = row.group;
  out.hidden = row.hidden;
  out.ours = row.ours;
  if (row.run != nullptr) out.run = row.run;
  return out;
}

Spec program_spec() {
  Spec out;
  out.summary = "Data Version Control";
  out.description = "Pivot: pipelines and data versioning, compatible with DVC 3.67.1.";
  add_flags(out.flags, spec::verbosity_flags());
  add_flags(out.flags, spec::debugging_flags());
  out.flags.push_back(flag_of(spec::help_flag()));
  add_flags(out.flags, spec::program_flags());
  out.exclusive.push_back({"-q", "-v"});
  out.group = true;
  return out;
}

const CommandRow* find_row(std::string_view name) {
  for (auto table : tables())
    for (const auto& row : table)
      if (name == row.name) return &row;
  return nullptr;
}

void add_choice(std::vector<Choice>& out, const CommandRow& row) {
  const std::string_view name = row.name;
  const auto blank = name.rfind(' ');
  out.push_back({blank == name.npos ? name : name.substr(blank + 1), name, row.summary, false, row.hidden, row.ours});
  if (*row.aliases == '\0') return;
  for (auto alias : split(row.aliases, ' ')) out.push_back({alias, name, row.summary, true, row.hidden, row.ours});
}

}  // namespace

std::optional<Spec> find_command(std::string_view name) {
  if (name.empty()) return program_spec();
  const auto* row = find_row(name);
  if (row == nullptr) return std::nullopt;
  return spec_of(*row);
}

std::vector<Choice> subcommands(std::string_view group) {
  std::vector<Choice> out;
  if (group.empty()) {
    for (auto name : kOrder)
      if (const auto* row = find_row(name)) add_choice(out, *row);
    return out;
  }
  const auto prefix = cat(group, " ");
  for (auto table : tables())
    for (const auto& row : table)
      if (std::string_view(row.name).starts_with(prefix)) add_choice(out, row);
  return out;
}

std::optional<std::string_view> resolve_command(std::string_view group, std::string_view word) {
  for (auto table : tables()) {
    for (const auto& row : table) {
      std::string_view name = row.name;
      if (!group.empty()) {
        if (!name.starts_with(group) || name.size() <= group.size() || name[group.size()] != ' ') continue;
        name.remove_prefix(group.size() + 1);
      }
      if (name.find(' ') != name.npos) continue;
      if (name == word) return row.name;
      if (*row.aliases == '\0') continue;
      for (auto alias : split(row.aliases, ' '))
        if (alias == word) return row.name;
    }
  }
  return std::nullopt;
}

const std::vector<Spec>& all_commands() {
  static const std::vector<Spec> kAll = [] {
    std::vector<Spec> out;
    for (const auto& top : subcommands("")) {
      if (top.alias) continue;
      out.push_back(*find_command(top.name));
      for (const auto& sub : subcommands(top.name))
        if (!sub.alias) out.push_back(*find_command(sub.name));
    }
    return out;
  }();
  return kAll;
}

}  // namespace pivot::commands
