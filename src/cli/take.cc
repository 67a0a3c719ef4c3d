#include "cli/take.h"

#include <algorithm>

#include "base/strings.h"
#include "base/value.h"

namespace pivot::cli {
namespace {

using commands::Flag;

/// Python's int(text) as decimal digits; empty when it is none.
std::string integer_text(std::string_view text) {
  text = trim(text);
  std::string out;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    if (text[0] == '-') out = "-";
    text.remove_prefix(1);
  }
  bool after_digit = false;
  for (char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '_' && after_digit)) return "";
    if (digit) out += c;
    after_digit = digit;
  }
  return after_digit ? out : "";
}


}  // namespace

Taker::Taker(const commands::Spec& spec, commands::Args& args) : spec_(spec), args_(args) {
  for (const auto& flag : spec.flags) {
    if (flag.kind == Flag::Kind::store_false) args.defaults[flag.dest] = {"1"};
    if (!flag.default_value.empty()) args.defaults[flag.dest] = {flag.default_value};
  }
}

void Taker::fail(const Flag& flag, std::string_view message) const {
  throw UsageError(cat("argument ", display_name(flag), ": ", message), spec_.name);
}

const Flag* Taker::find(std::string_view name) const {
  for (const auto& flag : spec_.flags)
    if (std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end()) return &flag;
  return nullptr;
}

void Taker::check_exclusive(const Flag& flag) const {
  for (const auto* groups : {&spec_.exclusive, &spec_.one_of}) {
    for (const auto& group : *groups) {
      const auto is_member = [&](const std::string& name) { return find(name) == &flag; };
      if (std::none_of(group.begin(), group.end(), is_member)) continue;
      for (const auto& name : group) {
        const auto* other = find(name);
        if (other == &flag) continue;
        const bool verbosity = flag.kind == Flag::Kind::count;  // also across levels: dvc -q repro -v
        if (!taken_.contains(other) && !(verbosity && args_.raw.contains(other->dest))) continue;
        throw UsageError(cat("argument ", display_name(flag), ": not allowed with argument ", display_name(*other)),
                         spec_.name, verbosity);
      }
    }
  }
}

void Taker::check_words(const Flag& flag, std::vector<std::string>& words) const {
  for (auto& word : words) {
    if (flag.kind == Flag::Kind::pairs && word.find('=') == word.npos)
      fail(flag, cat("expected name=value, not ", python_str_repr(word)));
    if (flag.integer) {
      auto digits = integer_text(word);
      if (digits.empty()) fail(flag, cat("invalid int value: ", python_str_repr(word)));
      word = std::move(digits);
    }
    if (flag.choices.empty() || std::find(flag.choices.begin(), flag.choices.end(), word) != flag.choices.end())
      continue;
    std::vector<std::string> known;
    for (const auto& choice : flag.choices) known.push_back(python_str_repr(choice));
    fail(flag, cat("invalid choice: ", python_str_repr(word), " (choose from ", join(known, ", "), ")"));
  }
}

void Taker::take(const Flag& flag, std::vector<std::string> words, const std::string& name) {
  check_words(flag, words);
  check_exclusive(flag);
  taken_.insert(&flag);
  auto& raw = args_.raw;
  switch (flag.kind) {
    case Flag::Kind::positional:
      if (!words.empty()) raw[flag.dest] = std::move(words);
      break;
    case Flag::Kind::store:
      if (words.empty() && !flag.const_value.empty()) words.push_back(flag.const_value);
      raw[flag.dest] = std::move(words);
      break;
    case Flag::Kind::store_true: raw[flag.dest] = {"1"}; break;
    case Flag::Kind::store_false: raw[flag.dest] = {"0"}; break;
    case Flag::Kind::store_const: raw[flag.dest] = {flag.const_value}; break;
    case Flag::Kind::bool_optional: raw[flag.dest] = {name.starts_with("--no-") ? "0" : "1"}; break;
    case Flag::Kind::count: raw[flag.dest].push_back("1"); break;
    case Flag::Kind::append:
    case Flag::Kind::pairs:
      for (auto& word : words) raw[flag.dest].push_back(std::move(word));
      break;
    case Flag::Kind::help:
    case Flag::Kind::version: break;
  }
}

void Taker::check_groups() const {
  for (const auto& group : spec_.one_of) {
    const auto taken = [&](const std::string& name) { return taken_.contains(find(name)); };
    if (std::any_of(group.begin(), group.end(), taken)) continue;
    throw UsageError(cat("one of the arguments ", join(group, " "), " is required"), spec_.name);
  }
}

}  // namespace pivot::cli
