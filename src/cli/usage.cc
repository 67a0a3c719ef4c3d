#include "cli/usage.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/parser.h"

namespace pivot::cli {
namespace {

using commands::Flag;
using commands::Spec;

std::string metavar_of(const Flag& flag) {
  if (!flag.metavar.empty()) return flag.metavar;
  if (!flag.choices.empty()) return cat("{", join(flag.choices, ","), "}");
  return flag.dest;
}

bool takes_words(const Flag& flag) {
  using Kind = Flag::Kind;
  return flag.kind == Kind::store || flag.kind == Kind::append || flag.kind == Kind::pairs;
}

/// An option without brackets: "-j <number>", "--run-cache | --no-run-cache".
std::string option_text(const Flag& flag) {
  if (flag.kind == Flag::Kind::bool_optional) return join(flag.names, " | ");
  return cat(flag.names.front(), words_of(flag));
}

bool is_named(const Flag& flag, const std::string& name) {
  return std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end();
}

using Flags = std::vector<const Flag*>;

/// The number of flags from `at` on that are just the members of `group`, in its order; 0 when they are not.
std::size_t group_length(const Flags& flags, std::size_t at, const std::vector<std::string>& group) {
  if (at + group.size() > flags.size()) return 0;
  for (std::size_t i = 0; i < group.size(); ++i)
    if (!is_named(*flags[at + i], group[i])) return 0;
  return group.size();
}

/// The group that starts at a flag: its text in `brackets`, and how many flags it covers.
std::size_t group_text(const Flags& flags, std::size_t at, const std::vector<std::vector<std::string>>& groups,
                       std::string_view brackets, std::string& text) {
  for (const auto& group : groups) {
    const auto length = group_length(flags, at, group);
    if (length == 0) continue;
    std::vector<std::string> members;
    for (std::size_t i = at; i < at + length; ++i) members.push_back(option_text(*flags[i]));
    text = cat(brackets.substr(0, 1), join(members, " | "), brackets.substr(1, 1));
    return length;
  }
  return 0;
}

std::vector<std::string> option_parts(const Spec& spec) {
  Flags flags;
  for (const auto& flag : spec.flags)
    if (flag.kind != Flag::Kind::positional && !flag.hidden) flags.push_back(&flag);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < flags.size();) {
    std::string text;
    auto length = group_text(flags, i, spec.exclusive, "[]", text);
    if (length == 0) length = group_text(flags, i, spec.one_of, "()", text);
    if (length > 0) {
      parts.push_back(std::move(text));
      i += length;
      continue;
    }
    if (flags[i]->required) {  // without brackets it may break between name and value
      const auto whole = option_text(*flags[i]);
      for (auto piece : split(whole, ' ')) parts.emplace_back(piece);
    } else {
      parts.push_back(cat("[", option_text(*flags[i]), "]"));
    }
    ++i;
  }
  return parts;
}

std::vector<std::string> positional_parts(const Spec& spec) {
  std::vector<std::string> parts;
  for (const auto& flag : spec.flags) {
    if (flag.kind != Flag::Kind::positional || flag.hidden) continue;
    if (flag.nargs == "+") {
      parts.push_back(metavar_of(flag));
      parts.push_back(cat("[", metavar_of(flag), " ...]"));
    } else {
      parts.push_back(words_of(flag));
    }
  }
  if (spec.group) {
    parts.push_back(subcommand_words(spec));
    parts.emplace_back("...");
  }
  return parts;
}

/// Lines of parts, each behind `indent` blanks; the first starts behind `used` columns instead.
void wrap(std::vector<std::string>& lines, const std::vector<std::string>& parts, std::size_t indent, std::size_t used,
          std::size_t width) {
  std::string line;
  auto column = used;
  for (const auto& part : parts) {
    if (column + 1 + part.size() > width && !line.empty()) {
      lines.push_back(std::move(line));
      line = std::string(indent, ' ');
      column = indent - 1;
    }
    if (!line.empty() && line.back() != ' ') line += ' ';
    line += part;
    column += part.size() + 1;
  }
  if (!line.empty()) lines.push_back(std::move(line));
}

}  // namespace

std::string words_of(const Flag& flag) {
  const bool positional = flag.kind == Flag::Kind::positional;
  if (!positional && !takes_words(flag)) return "";
  const auto name = metavar_of(flag);
  const std::string blank = positional ? "" : " ";
  if (flag.nargs == "?") return cat(blank, "[", name, "]");
  if (flag.nargs == "*") return cat(blank, "[", name, " ...]");
  if (flag.nargs == "+") return cat(blank, name, " [", name, " ...]");
  if (flag.nargs == "...") return cat(blank, "...");
  return cat(blank, name);
}

std::string subcommand_words(const Spec& group) {
  if (group.name.empty()) return "command";
  std::vector<std::string> shown;
  for (const auto& choice : commands::subcommands(group.name))
    if (!choice.hidden) shown.emplace_back(choice.word);
  return cat("{", join(shown, ","), "}");
}

std::string usage(const Spec& spec, const Look& look) {
  const auto program = spec.name.empty() ? look.program : cat(look.program, " ", spec.name);
  const auto width = std::max<std::size_t>(look.width, 13) - 2;
  const std::string prefix = "usage: ";
  const auto options = option_parts(spec);
  const auto positionals = positional_parts(spec);
  auto all = options;
  all.insert(all.end(), positionals.begin(), positionals.end());
  const auto whole = cat(prefix, program, all.empty() ? "" : " ", join(all, " "));
  if (whole.size() <= width) return whole + "\n";
  const bool narrow = (prefix.size() + program.size()) * 4 > width * 3;
  const auto indent = narrow ? prefix.size() : prefix.size() + program.size() + 1;
  std::vector<std::string> lines;
  auto first = narrow ? std::vector<std::string>{} : std::vector<std::string>{program};
  first.insert(first.end(), options.begin(), options.end());
  if (narrow) lines.push_back(prefix + program);
  wrap(lines, first, indent, narrow ? indent - 1 : prefix.size() - 1, width);
  if (narrow && lines.size() > 1) lines[1].insert(0, indent, ' ');
  if (!narrow) lines.front().insert(0, prefix);
  const auto behind_options = lines.size();
  wrap(lines, positionals, indent, indent - 1, width);
  if (behind_options < lines.size()) lines[behind_options].insert(0, indent, ' ');
  return join(lines, "\n") + "\n";
}

}  // namespace pivot::cli
