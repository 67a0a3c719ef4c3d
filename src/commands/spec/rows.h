// The command tables as constants: nothing is built before the one command that was asked for is known.
#pragma once

#include <array>
#include <span>

#include "commands/command.h"

namespace pivot::commands::spec {

/// One Flag as a constant. Lists (names, choices) are words separated by one blank.
struct FlagRow {
  Flag::Kind kind;
  const char* names = "";     ///< empty for a positional
  const char* dest = "";      ///< empty: from the first long name, as argparse derives it
  const char* metavar = "";
  const char* help = "";
  const char* nargs = "";
  const char* constant = "";
  const char* choices = "";
  const char* fallback = "";
  bool is_integer = false, is_required = false, is_hidden = false, is_ours = false;

  constexpr FlagRow to(const char* name) const { return with(&FlagRow::dest, name); }
  constexpr FlagRow many(const char* count) const { return with(&FlagRow::nargs, count); }
  constexpr FlagRow shown(const char* word) const { return with(&FlagRow::metavar, word); }
  constexpr FlagRow bare(const char* value) const { return with(&FlagRow::constant, value); }
  constexpr FlagRow choose(const char* words) const { return with(&FlagRow::choices, words); }
  constexpr FlagRow otherwise(const char* value) const { return with(&FlagRow::fallback, value); }
  constexpr FlagRow integer() const { return with(&FlagRow::is_integer, true); }
  constexpr FlagRow required() const { return with(&FlagRow::is_required, true); }
  constexpr FlagRow hidden() const { return with(&FlagRow::is_hidden, true); }
  constexpr FlagRow ours() const { return with(&FlagRow::is_ours, true); }

 private:
  template <typename T>
  constexpr FlagRow with(T FlagRow::*member, T value) const {
    FlagRow row = *this;
    row.*member = value;
    return row;
  }

 public:
  constexpr FlagRow(Flag::Kind k, const char* n, const char* h) : kind(k), names(n), help(h) {}
};

constexpr FlagRow on(const char* names, const char* help) { return {Flag::Kind::store_true, names, help}; }
constexpr FlagRow off(const char* names, const char* help) { return {Flag::Kind::store_false, names, help}; }
constexpr FlagRow opt(const char* names, const char* help) { return {Flag::Kind::store, names, help}; }
constexpr FlagRow fixed(const char* names, const char* help) { return {Flag::Kind::store_const, names, help}; }
constexpr FlagRow each(const char* names, const char* help) { return {Flag::Kind::append, names, help}; }
constexpr FlagRow either(const char* names, const char* help) { return {Flag::Kind::bool_optional, names, help}; }
constexpr FlagRow pairs(const char* names, const char* help) { return {Flag::Kind::pairs, names, help}; }
constexpr FlagRow counted(const char* names, const char* help) { return {Flag::Kind::count, names, help}; }
constexpr FlagRow word(const char* dest, const char* help) {
  return FlagRow(Flag::Kind::positional, "", help).to(dest);
}

using Run = Outcome (*)(Session&, const Args&);

/// One Spec as a constant.
struct CommandRow {
  const char* name;         ///< "stage add"
  const char* summary;
  const char* description = "";  ///< empty: the summary
  std::span<const FlagRow> flags = {};  ///< its own, behind the shared ones
  Run run = nullptr;
  const char* exclusive = "";  ///< groups of names: "--a --b|--c --d"
  const char* one_of = "";
  const char* aliases = "";
  bool has_levels = false;  ///< --global, --system, --project, --local
  bool group = false, hidden = false, ours = false;
  bool plain = false;       ///< has no -h (DVC's internal commands)
};

/// The tables, a file each.
std::span<const CommandRow> data_commands();
std::span<const CommandRow> experiment_commands();
std::span<const CommandRow> import_commands();
std::span<const CommandRow> measure_commands();
std::span<const CommandRow> pipeline_commands();
std::span<const CommandRow> project_commands();

}  // namespace pivot::commands::spec
