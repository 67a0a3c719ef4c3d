#include "cli/help.h"

#include <algorithm>

#include "base/strings.h"

namespace pivot::cli {
namespace {

using commands::Flag;
using commands::Spec;

constexpr std::size_t kMostHelpColumn = 24;

/// One line of a list: what is typed, and what it does.
struct Entry {
  std::string head;
  std::string help;
  std::size_t indent = 2;
};

struct Section {
  std::string title;
  std::vector<Entry> entries;
};

/// "-j <number>, --jobs <number>"; a positional by its name.
std::string head_of(const Flag& flag) {
  if (flag.kind == Flag::Kind::positional) return flag.metavar.empty() ? flag.dest : flag.metavar;
  std::vector<std::string> names;
  for (const auto& name : flag.names) names.push_back(name + words_of(flag));
  return join(names, ", ");
}

Section commands_section(const Spec& spec, const Look& look) {
  Section out;
  const bool program = spec.name.empty();
  const auto what = program ? std::string("command") : cat(spec.name, " CMD");
  out.title = program ? "commands:" : "positional arguments:";
  out.entries.push_back({subcommand_words(spec), cat("`", look.program, " ", what, " --help` tells more."), 2});
  for (const auto& choice : commands::subcommands(spec.name)) {
    if (choice.hidden) continue;
    if (choice.alias) {
      auto& head = out.entries.back().head;
      if (head.ends_with(')')) head.pop_back();
      head += cat(head.find('(') == head.npos ? " (" : ", ", choice.word, ")");
    } else {
      out.entries.push_back({std::string(choice.word), std::string(choice.summary), 4});
    }
  }
  return out;
}

std::vector<Section> sections_of(const Spec& spec, const Look& look) {
  Section positionals{"positional arguments:", {}}, options{"options:", {}}, ours{"options of pivot, not in DVC:", {}};
  for (const auto& flag : spec.flags) {
    if (flag.hidden) continue;
    auto& section = flag.ours && !spec.ours ? ours : flag.kind == Flag::Kind::positional ? positionals : options;
    section.entries.push_back({head_of(flag), flag.help, 2});
  }
  std::vector<Section> out{std::move(positionals)};
  if (spec.group && !spec.name.empty()) out.push_back(commands_section(spec, look));
  out.push_back(std::move(options));
  out.push_back(std::move(ours));
  if (spec.group && spec.name.empty()) out.push_back(commands_section(spec, look));
  return out;
}

/// Breaks at blanks only.
std::vector<std::string> fill(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (auto word : split(text, ' ')) {
    if (!lines.empty() && lines.back().size() + 1 + word.size() <= width) {
      lines.back() += cat(" ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

void print_entry(std::string& out, const Entry& entry, std::size_t column, std::size_t width) {
  out.append(entry.indent, ' ');
  out += entry.head;
  if (entry.help.empty()) {
    out += '\n';
    return;
  }
  auto used = entry.indent + entry.head.size();
  if (used + 2 > column) {
    out += '\n';
    used = 0;
  }
  for (const auto& line : fill(entry.help, std::max<std::size_t>(width - std::min(width, column), 11))) {
    out.append(column - used, ' ');
    out += line;
    out += '\n';
    used = 0;
  }
}

}  // namespace

std::string help(const Spec& spec, const Look& look) {
  auto out = usage(spec, look);
  const auto width = std::max<std::size_t>(look.width, 13) - 2;
  out += '\n';
  for (const auto& line : fill(spec.description, width)) out += line + "\n";
  const auto sections = sections_of(spec, look);
  std::size_t longest = 0;
  for (const auto& section : sections)
    for (const auto& entry : section.entries) longest = std::max(longest, entry.indent + entry.head.size());
  const auto column = std::min(longest + 2, kMostHelpColumn);
  for (const auto& section : sections) {
    if (section.entries.empty()) continue;
    out += cat("\n", section.title, "\n");
    for (const auto& entry : section.entries) print_entry(out, entry, column, width);
  }
  return out;
}

}  // namespace pivot::cli
