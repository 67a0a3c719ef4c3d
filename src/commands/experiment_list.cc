#include "commands/experiment_list.h"

#include <algorithm>

#include "base/disk.h"
#include "base/strings.h"

namespace pivot::commands {

namespace {

/// A line of the reflog: "<old sha> <new sha> <who> <when>\tcommit: dvc-exp:<head>:<baseline>:<name>[:<branch>]".
void add_queued(git::Git& git, std::string_view line, const std::string& baseline, std::vector<Experiment>& out) {
  const auto tab = line.find('\t');
  const auto before = split(line.substr(0, tab), ' ');
  const auto begin = line.find("dvc-exp:");
  if (tab == line.npos || begin == line.npos || before.size() < 2) return;
  constexpr std::size_t kBaseline = 2, kName = 3;
  const auto parts = split(line.substr(begin), ':');
  if (parts.size() <= kName || parts[kBaseline] != baseline) return;
  const std::string commit(before[1]);
  out.push_back({std::string(parts[kName]), commit, git.commit_time(commit), true});
}

}  // namespace

std::vector<Experiment> experiments_of(git::Git& git, const std::string& baseline) {
  std::vector<Experiment> out;
  const auto prefix = cat("refs/exps/", baseline.substr(0, 2), "/", baseline.substr(2), "/");
  for (const auto& reference : git.references(prefix))
    if (const auto commit = git.resolve(reference)) out.push_back({reference.substr(prefix.size()), *commit, git.commit_time(*commit), false});
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  std::vector<Experiment> queued;
  const auto log = real_disk().read(cat(git.git_dir(), "/logs/refs/exps/celery/stash"));
  if (log)
    for (const auto line : split(*log, '\n')) add_queued(git, line, baseline, queued);
  out.insert(out.end(), queued.rbegin(), queued.rend());
  return out;
}

}  // namespace pivot::commands
