// What a flag does with its words: checks them (type, choices, exclusive groups) and stores them in Args.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/parser.h"

namespace pivot::cli {

class Taker {
 public:
  /// Puts the defaults of the command into `args`.
  Taker(const commands::Spec& spec, commands::Args& args);
  /// `name` is the spelling that was used. Throws UsageError.
  void take(const commands::Flag& flag, std::vector<std::string> words, const std::string& name);
  bool has_taken(const commands::Flag& flag) const { return taken_.contains(&flag); }
  /// Throws UsageError when a group that needs one of its flags has none.
  void check_groups() const;

 private:
  [[noreturn]] void fail(const commands::Flag& flag, std::string_view message) const;
  void check_exclusive(const commands::Flag& flag) const;
  void check_words(const commands::Flag& flag, std::vector<std::string>& words) const;
  const commands::Flag* find(std::string_view name) const;

  const commands::Spec& spec_;
  commands::Args& args_;
  std::set<const commands::Flag*> taken_;
};

}  // namespace pivot::cli
