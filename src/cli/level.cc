// One level of the command line: the walk over options and positionals.
#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "base/value.h"
#include "cli/nargs.h"
#include "cli/parser.h"
#include "cli/take.h"

namespace pivot::cli {
namespace {

using commands::Flag;
using commands::Spec;

/// A word that looks like an option: which one it means, and the value glued to it.
struct OptionWord {
  const Flag* flag = nullptr;  ///< null: unknown
  std::string name;
  std::optional<std::string> glued;
};

bool is_negative_number(std::string_view word) {
  word.remove_prefix(1);
  const auto dot = word.find('.');
  const auto digits = [](std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (dot == word.npos) return !word.empty() && digits(word);
  return dot + 1 < word.size() && digits(word.substr(0, dot)) && digits(word.substr(dot + 1));
}

class LevelParser {
 public:
  LevelParser(const Spec& spec, const std::vector<std::string>& words, commands::Args& args)
      : spec_(spec), words_(words), args_(args), taker_(spec, args) {
    for (const auto& flag : spec.flags)
      if (flag.kind == Flag::Kind::positional) positionals_.push_back(&flag);
    if (spec.group) {
      subcommand_.kind = Flag::Kind::positional;
      subcommand_.dest = "cmd";
      subcommand_.metavar = subcommand_metavar(spec);
      subcommand_.nargs = kSubcommand;
      positionals_.push_back(&subcommand_);
    }
  }

  Level run() {
    classify();
    std::size_t at = 0;
    while (level_.what == Request::What::run) {
      const auto next = letters_.find('O', at);
      if (next == letters_.npos) break;
      if (at != next) {
        const auto end = consume_positionals(at);
        if (end > at) {
          at = end;
          continue;
        }
        for (; at < next; ++at) level_.extras.push_back(words_[at]);
      }
      at = consume_option(at);
    }
    if (level_.what != Request::What::run) return std::move(level_);
    for (at = consume_positionals(at); at < words_.size(); ++at) level_.extras.push_back(words_[at]);
    check_required();
    return std::move(level_);
  }

 private:
  [[noreturn]] void fail(std::string message) const { throw UsageError(std::move(message), spec_.name); }
  [[noreturn]] void fail(const Flag& flag, std::string_view message) const {
    throw UsageError(cat("argument ", display_name(flag), ": ", message), spec_.name, flag.kind == Flag::Kind::count);
  }

  const Flag* find(std::string_view name) const {
    for (const auto& flag : spec_.flags)
      for (const auto& known : flag.names)
        if (known == name) return &flag;
    return nullptr;
  }

  /// Options that `word` abbreviates, or a short one with a value glued to it. Flags of ours must be spelled out, so
  /// that every abbreviation that works with DVC goes on meaning the same.
  std::vector<OptionWord> abbreviated(const std::string& word) const {
    std::vector<OptionWord> out;
    const bool is_long = word.starts_with("--");
    const auto equals = word.find('=');
    const bool has_value = is_long && equals != word.npos;
    const auto prefix = has_value ? word.substr(0, equals) : word;
    for (const auto& flag : spec_.flags) {
      if (flag.ours && is_long) continue;
      for (const auto& name : flag.names) {
        if (!is_long && name == word.substr(0, 2)) {
          out.push_back({&flag, name, word.substr(2)});
        } else if (name.starts_with(prefix)) {
          out.push_back({&flag, name, has_value ? std::optional(word.substr(equals + 1)) : std::nullopt});
        }
      }
    }
    return out;
  }

  /// nullopt: an argument, not an option.
  std::optional<OptionWord> read_option(const std::string& word) const {
    if (word.size() < 2 || word[0] != '-') return std::nullopt;
    if (const auto* flag = find(word)) return OptionWord{flag, word, std::nullopt};
    if (const auto equals = word.find('='); equals != word.npos)
      if (const auto* flag = find(word.substr(0, equals)))
        return OptionWord{flag, word.substr(0, equals), word.substr(equals + 1)};
    const auto matches = abbreviated(word);
    if (matches.size() > 1) {
      std::vector<std::string> names;
      for (const auto& match : matches) names.push_back(match.name);
      fail(cat("ambiguous option: ", word, " could match ", join(names, ", ")));
    }
    if (matches.size() == 1) return matches.front();
    if (is_negative_number(word) || word.find(' ') != word.npos) return std::nullopt;
    return OptionWord{nullptr, word, std::nullopt};
  }

  void classify() {
    bool only_arguments = false;
    options_.resize(words_.size());
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (only_arguments) {
        letters_ += 'A';
      } else if (words_[i] == "--") {
        letters_ += '-';
        only_arguments = true;
      } else {
        options_[i] = read_option(words_[i]);
        letters_ += options_[i] ? 'O' : 'A';
      }
    }
  }

  std::size_t consume_positionals(std::size_t at) {
    std::vector<std::string_view> nargs;
    for (const auto* flag : positionals_) nargs.push_back(flag->nargs);
    const auto lengths = match_some_positionals(nargs, std::string_view(letters_).substr(at));
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const auto& flag = *positionals_[i];
      const auto first = words_.begin() + static_cast<std::ptrdiff_t>(at);
      std::vector<std::string> words(first, first + static_cast<std::ptrdiff_t>(lengths[i]));
      const auto letters = std::string_view(letters_).substr(at, lengths[i]);
      const auto dashes = letters.find('-');
      const bool drop = flag.nargs == kSubcommand ? dashes == 0 : flag.nargs != "..." && dashes != letters.npos;
      if (drop) words.erase(words.begin() + static_cast<std::ptrdiff_t>(dashes));
      at += lengths[i];
      if (&flag == &subcommand_) {
        choose_subcommand(std::move(words));
      } else {
        taker_.take(flag, std::move(words), "");
      }
    }
    positionals_.erase(positionals_.begin(), positionals_.begin() + static_cast<std::ptrdiff_t>(lengths.size()));
    return at;
  }

  void choose_subcommand(std::vector<std::string> words) {
    if (!commands::resolve_command(spec_.name, words.front())) {
      std::vector<std::string> known;
      for (const auto& choice : commands::subcommands(spec_.name)) known.push_back(python_str_repr(choice.word));
      fail(subcommand_,
           cat("invalid choice: ", python_str_repr(words.front()), " (choose from ", join(known, ", "), ")"));
    }
    level_.rest = std::move(words);
  }

  /// The nargs of an option as match_option knows them, and whether it takes words at all.
  static bool takes_words(const Flag& flag) {
    using Kind = Flag::Kind;
    return flag.kind == Kind::store || flag.kind == Kind::append || flag.kind == Kind::pairs;
  }

  std::size_t count_words(const Flag& flag, std::string_view letters) const {
    if (!takes_words(flag)) return 0;
    if (const auto count = match_option(flag.nargs, letters)) return *count;
    fail(flag, flag.nargs == "+" ? "expected at least one argument" : "expected one argument");
  }

  std::size_t consume_option(std::size_t at) {
    auto option = *options_[at];
    if (option.flag == nullptr) {
      level_.extras.push_back(words_[at]);
      return at + 1;
    }
    std::vector<std::pair<const Flag*, std::string>> switches;  // "-vf" is -v, then -f
    std::vector<std::string> words;
    std::size_t end = at + 1;
    while (option.glued) {
      const auto count = count_words(*option.flag, "A");
      if (count == 1) {
        words.push_back(*option.glued);
        break;
      }
      const auto next = option.glued->empty() ? "" : cat("-", option.glued->substr(0, 1));
      const auto* flag = next.empty() || option.name.starts_with("--") ? nullptr : find(next);
      if (flag == nullptr) fail(*option.flag, cat("ignored explicit argument ", python_str_repr(*option.glued)));
      switches.emplace_back(option.flag, option.name);
      const auto left = option.glued->substr(1);
      option = {flag, next, left.empty() ? std::nullopt : std::optional(left)};
    }
    if (!option.glued) {
      const auto count = count_words(*option.flag, std::string_view(letters_).substr(end));
      for (; end < at + 1 + count; ++end) words.push_back(words_[end]);
    }
    for (const auto& [flag, name] : switches)
      if (!act(*flag, {}, name)) return end;
    act(*option.flag, std::move(words), option.name);
    return end;
  }

  /// False when the option ends the reading (help, version).
  bool act(const Flag& flag, std::vector<std::string> words, const std::string& name) {
    if (flag.kind == Flag::Kind::help) level_.what = Request::What::help;
    if (flag.kind == Flag::Kind::version) level_.what = Request::What::version;
    if (level_.what != Request::What::run) return false;
    taker_.take(flag, std::move(words), name);
    return true;
  }

  void check_required() const {
    std::vector<std::string> missing;
    for (const auto& flag : spec_.flags)
      if (flag.required && !taker_.has_taken(flag)) missing.push_back(display_name(flag));
    for (const auto* flag : positionals_)
      if (flag->nargs != "?" && !(flag->nargs == "*" && !flag->default_value.empty()))
        missing.push_back(display_name(*flag));
    if (!missing.empty()) fail(cat("the following arguments are required: ", join(missing, ", ")));
    taker_.check_groups();
  }

  const Spec& spec_;
  const std::vector<std::string>& words_;
  commands::Args& args_;
  Taker taker_;
  Flag subcommand_;
  std::vector<const Flag*> positionals_;  ///< not yet filled
  std::vector<std::optional<OptionWord>> options_;
  std::string letters_;
  Level level_;
};

}  // namespace

Level parse_level(const Spec& spec, const std::vector<std::string>& words, commands::Args& args) {
  return LevelParser(spec, words, args).run();
}

}  // namespace pivot::cli
