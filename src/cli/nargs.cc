#include "cli/nargs.h"

#include <limits>

namespace pivot::cli {
namespace {

constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();

/// A run of letters out of `set`.
struct Run {
  std::string_view set;
  std::size_t least, most;
};

/// What one positional takes; "--" may stand before, between or behind its words.
std::vector<Run> runs_of(std::string_view nargs) {
  if (nargs == "?") return {{"-", 0, kMany}, {"A", 0, 1}, {"-", 0, kMany}};
  if (nargs == "*") return {{"-", 0, kMany}, {"A-", 0, kMany}};
  if (nargs == "+") return {{"-", 0, kMany}, {"A", 1, 1}, {"A-", 0, kMany}};
  if (nargs == "...") return {{"-AO", 0, kMany}};
  if (nargs == kSubcommand) return {{"-", 0, kMany}, {"A", 1, 1}, {"-AO", 0, kMany}};
  return {{"-", 0, kMany}, {"A", 1, 1}, {"-", 0, kMany}};
}

/// Greedy with backtracking; `ends[i]` is where run i stops.
bool match_runs(std::span<const Run> runs, std::string_view letters, std::size_t at, std::span<std::size_t> ends) {
  if (runs.empty()) return true;
  const Run& run = runs.front();
  std::size_t length = 0;
  while (length < run.most && at + length < letters.size() && run.set.find(letters[at + length]) != run.set.npos)
    ++length;
  for (;; --length) {
    if (length < run.least) return false;
    ends.front() = at + length;
    if (match_runs(runs.subspan(1), letters, at + length, ends.subspan(1))) return true;
    if (length == 0) return false;
  }
}

}  // namespace

std::optional<std::vector<std::size_t>> match_positionals(std::span<const std::string_view> nargs,
                                                          std::string_view letters) {
  std::vector<Run> runs;
  std::vector<std::size_t> last_run;
  for (auto n : nargs) {
    for (const auto& run : runs_of(n)) runs.push_back(run);
    last_run.push_back(runs.size() - 1);
  }
  std::vector<std::size_t> ends(runs.size());
  if (!match_runs(runs, letters, 0, ends)) return std::nullopt;
  std::vector<std::size_t> lengths;
  std::size_t start = 0;
  for (auto i : last_run) {
    lengths.push_back(ends[i] - start);
    start = ends[i];
  }
  return lengths;
}

std::vector<std::size_t> match_some_positionals(std::span<const std::string_view> nargs, std::string_view letters) {
  for (auto n = nargs.size(); n > 0; --n) {
    auto lengths = match_positionals(nargs.first(n), letters);
    if (!lengths) continue;
    std::size_t end = 0;
    for (auto length : *lengths) end += length;
    // As Python 3.13 does: an optional positional waits for words behind the option. Python 3.11 would give it nothing
    // here.
    if (end < letters.size() && letters[end] == 'O')
      while (!lengths->empty() && lengths->back() == 0) lengths->pop_back();
    return *lengths;
  }
  return {};
}

std::optional<std::size_t> match_option(std::string_view nargs, std::string_view letters) {
  std::size_t words = 0;
  const auto most = nargs == "*" || nargs == "+" ? kMany : 1;
  while (words < most && words < letters.size() && letters[words] == 'A') ++words;
  const bool needs_one = nargs != "?" && nargs != "*";
  if (needs_one && words == 0) return std::nullopt;
  return words;
}

}  // namespace pivot::cli
