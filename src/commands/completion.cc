// `pivot completion`: a script that completes commands, options, stage names and files.
#include "base/strings.h"
#include "commands/run_functions.h"
#include "commands/session.h"

namespace pivot::commands {
namespace {

/// All spellings of a command: "experiments remove", "exp remove", "experiments rm", "exp rm".
std::vector<std::string> spellings(const Spec& spec) {
  std::vector<std::string> out{""};
  std::string group;
  for (auto part : split(spec.name, ' ')) {
    std::vector<std::string> words;
    const auto full = group.empty() ? std::string(part) : cat(group, " ", part);
    for (const auto& choice : subcommands(group))
      if (choice.name == full) words.emplace_back(choice.word);
    std::vector<std::string> next;
    for (const auto& start : out)
      for (const auto& word : words) next.push_back(start.empty() ? word : cat(start, " ", word));
    out = std::move(next);
    group = full;
  }
  return out;
}

std::string pattern_of(const Spec& spec) {
  std::vector<std::string> quoted;
  for (const auto& name : spellings(spec)) quoted.push_back(cat("\"", name, "\""));
  return join(quoted, "|");
}

std::string options_of(const Spec& spec) {
  std::vector<std::string> names;
  for (const auto& flag : spec.flags)
    if (!flag.hidden) names.insert(names.end(), flag.names.begin(), flag.names.end());
  return join(names, " ");
}

std::string subcommand_words(std::string_view group) {
  std::vector<std::string> words;
  for (const auto& choice : subcommands(group))
    if (!choice.hidden) words.emplace_back(choice.word);
  return join(words, " ");
}

/// Two shell functions that both scripts ask: the subcommands and the options behind the words typed so far.
std::string lists() {
  auto commands = cat("    \"\") echo \"", subcommand_words(""), "\" ;;\n");
  auto options = cat("    \"\") echo \"", options_of(*find_command("")), "\" ;;\n");
  for (const auto& spec : all_commands()) {
    if (spec.hidden) continue;
    const auto pattern = pattern_of(spec);
    options += cat("    ", pattern, ") echo \"", options_of(spec), "\" ;;\n");
    if (spec.group) commands += cat("    ", pattern, ") echo \"", subcommand_words(spec.name), "\" ;;\n");
  }
  return cat("_pivot_commands() {\n  case \"$1\" in\n", commands, "  esac\n}\n\n_pivot_options() {\n  case \"$1\" in\n",
             options,
             "  esac\n}\n\n_pivot_stages() {\n  case \"$1\" in\n    "
             "repro|status|freeze|unfreeze|dag|commit|explain|checkout)\n"
             "      \"$2\" stage list --names-only 2>/dev/null ;;\n  esac\n}\n\n");
}

constexpr std::string_view kBash = R"sh(_pivot() {
  local current=${COMP_WORDS[COMP_CWORD]} name= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ $word == -* ]] && continue
    [[ " $(_pivot_commands "$name") " == *" $word "* ]] || break
    name=${name:+$name }$word
  done
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$(_pivot_options "$name")" -- "$current"))
    return
  fi
  local words=$(_pivot_commands "$name")
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(_pivot_stages "$name" "${COMP_WORDS[0]}")" -- "$current") $(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _pivot pivot dvc
)sh";

constexpr std::string_view kZsh = R"sh(_pivot() {
  local name= word
  local -a known
  integer i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    [[ $word == -* ]] && continue
    known=(${=$(_pivot_commands "$name")})
    (( ${known[(Ie)$word]} )) || break
    name=${name:+$name }$word
  done
  if [[ $words[CURRENT] == -* ]]; then
    compadd -- ${=$(_pivot_options "$name")}
    return
  fi
  known=(${=$(_pivot_commands "$name")})
  if (( $#known )); then
    compadd -- $known
  else
    compadd -- ${(f)"$(_pivot_stages "$name" "$words[1]")"}
    _files
  fi
}
compdef _pivot pivot dvc
)sh";

}  // namespace

Outcome run_completion(Session& session, const Args& args) {
  const bool zsh = args.value("shell") == "zsh";
  session.out().output(
      cat(zsh ? "#compdef pivot dvc\n\n" : "# Completion for pivot (and dvc): source it from ~/.bashrc.\n\n", lists(),
          zsh ? kZsh : kBash));
  return {};
}

}  // namespace pivot::commands
