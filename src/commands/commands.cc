// `pivot commands --json`: the tree of commands as data, for tests and tools.
//
// Version 1: {"version": 1, "root": NODE}; a node has "command", "summary", "aliases", "hidden", "ours", "options",
// "positionals", "exclusive", "one_of" and, for a group, "subcommands" by name. An option has the fields of
// tests/golden/cli/dvc_cli.json.
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "text/json.h"

namespace pivot::commands {
namespace {

Value words(const std::vector<std::string>& list) {
  List out;
  for (const auto& word : list) out.emplace_back(word);
  return out;
}

Value groups(const std::vector<std::vector<std::string>>& list) {
  List out;
  for (const auto& group : list) out.push_back(words(group));
  return out;
}

const char* kind_name(Flag::Kind kind) {
  switch (kind) {
    case Flag::Kind::store:
    case Flag::Kind::positional: return "store";
    case Flag::Kind::store_true: return "store_true";
    case Flag::Kind::store_false: return "store_false";
    case Flag::Kind::store_const: return "store_const";
    case Flag::Kind::append: return "append";
    case Flag::Kind::count: return "count";
    case Flag::Kind::help: return "help";
    case Flag::Kind::version: return "version";
    case Flag::Kind::bool_optional: return "bool_optional";
    case Flag::Kind::pairs: return "DictAction";
  }
  return "";
}

Value flag_value(const Flag& flag) {
  Map out;
  out.set("kind", kind_name(flag.kind));
  if (!flag.names.empty()) out.set("flags", words(flag.names));
  out.set("dest", flag.dest);
  if (!flag.metavar.empty()) out.set("metavar", flag.metavar);
  if (!flag.nargs.empty()) out.set("nargs", flag.nargs);
  if (!flag.const_value.empty()) out.set("const", flag.const_value);
  if (!flag.default_value.empty()) out.set("default", flag.default_value);
  if (!flag.choices.empty()) out.set("choices", words(flag.choices));
  if (flag.integer) out.set("type", "int");
  if (flag.required) out.set("required", true);
  if (flag.hidden) out.set("hidden", true);
  if (flag.ours) out.set("ours", true);
  return out;
}

Map node_of(const Spec& spec) {
  Map out;
  out.set("command", spec.name);
  out.set("summary", spec.summary);
  out.set("aliases", words(spec.aliases));
  out.set("hidden", spec.hidden);
  out.set("ours", spec.ours);
  out.set("available", spec.group || spec.run != nullptr || spec.name == "help");
  List options, positionals;
  for (const auto& flag : spec.flags)
    (flag.kind == Flag::Kind::positional ? positionals : options).push_back(flag_value(flag));
  out.set("options", std::move(options));
  out.set("positionals", std::move(positionals));
  out.set("exclusive", groups(spec.exclusive));
  out.set("one_of", groups(spec.one_of));
  if (!spec.group) return out;
  Map children;
  for (const auto& choice : subcommands(spec.name)) {
    if (choice.alias) continue;
    const auto blank = choice.name.rfind(' ');
    const auto word = blank == choice.name.npos ? choice.name : choice.name.substr(blank + 1);
    children.items.emplace_back(word, node_of(*find_command(choice.name)));
  }
  out.set("subcommands", std::move(children));
  return out;
}

}  // namespace

Outcome run_commands(Session&, const Args& args) {
  if (!args.flag("json")) {
    std::string text;
    for (const auto& spec : all_commands())
      if (!spec.hidden) text += cat(spec.name, "\n");
    return {0, text};
  }
  Map out;
  out.set("version", 1);
  out.set("root", node_of(*find_command("")));
  return {0, cat(text::json::dump(out), "\n")};
}

}  // namespace pivot::commands
