#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/disk.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/user_folder.h"
#include "git/git.h"
#include "workspace/source_repository.h"

namespace pivot::workspace {
namespace {

/// Git itself talks to other machines: it brings the user's credentials, proxies and keys.
CapturedRun run_git(std::vector<std::string> words, const std::string& cwd) {
  words.insert(words.begin(), "git");
  return run_captured({.argv = std::move(words), .cwd = cwd, .env = {{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C"}}});
}

/// What Git said, in one line.
std::string in_one_line(const std::string& text) {
  std::string out;
  for (const auto line : split(text, '\n'))
    if (const auto words = trim(line); !words.empty() && !words.starts_with("Cloning into")) out += cat(out.empty() ? "" : "; ", words);
  return out;
}

/// `password` in https://user:password@host is nobody's business.
std::string without_password(const std::string& url) {
  const auto scheme = url.find("://"), at = url.rfind('@');
  if (scheme == url.npos || at == url.npos || at < scheme) return url;
  const auto colon = url.find(':', scheme + 3);
  return colon < at ? cat(url.substr(0, colon), url.substr(at)) : url;
}

constexpr std::size_t kShaLength = 40;

bool is_sha(const std::string& rev) { return rev.size() == kShaLength && rev.find_first_not_of("0123456789abcdef") == rev.npos; }

}  // namespace

std::string clones_folder() {
  const auto folder = user_cache_folder();
  return cat(folder.empty() ? "/tmp/pivot" : folder, "/repositories");
}

RepositoryClone::RepositoryClone(const std::string& url, const std::optional<std::string>& rev) : url_(url), folder_(cat(clones_folder(), "/", to_hex(md5(url)))) {
  auto& disk = real_disk();
  disk.make_dirs(clones_folder());
  const auto lock_file = cat(folder_, ".lock");
  lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw_disk_error(errno, lock_file);
  while (flock(lock_, LOCK_EX) != 0 && errno == EINTR) {
  }
  const auto fail = [&](const CapturedRun& answer) {
    throw NoRepository(cat("SCM error: Failed to clone repo '", without_password(url_), "': ", replace_all(in_one_line(answer.output), url_, without_password(url_))));
  };
  if (disk.stat(cat(folder_, "/.git/HEAD"))) {
    if (rev && is_sha(*rev) && git::Git(folder_).has_rev(*rev)) return;
    const auto fetched = run_git({"fetch", "--quiet", "--prune", "--tags", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*"}, folder_);
    if (fetched.code == 0) {
      run_git({"remote", "set-head", "origin", "--auto"}, folder_);
      return;
    }
    // Broken, or the repository behind the URL is another one now: once more from nothing.
  }
  const auto incoming = cat(folder_, ".incoming");
  disk.remove_tree(incoming);
  if (const auto answer = run_git({"clone", "--quiet", "--", url_, incoming}, clones_folder()); answer.code != 0) {
    disk.remove_tree(incoming);
    fail(answer);
  }
  disk.remove_tree(folder_);
  disk.rename(incoming, folder_);
}

RepositoryClone::~RepositoryClone() {
  if (lock_ >= 0) ::close(lock_);
}

std::string RepositoryClone::check_out(const std::optional<std::string>& rev) {
  git::Git git(folder_);
  std::optional<std::string> sha;
  for (const auto& name : rev ? std::vector{cat("refs/remotes/origin/", *rev), *rev} : std::vector<std::string>{"refs/remotes/origin/HEAD"})
    if ((sha = git.resolve(name))) break;
  if (!sha) throw UnknownRevision(rev ? cat("unknown Git revision '", *rev, "'") : cat("'", without_password(url_), "' has no commit yet"));
  if (const auto answer = run_git({"checkout", "--quiet", "--force", "--detach", *sha}, folder_); answer.code != 0)
    throw Error(cat("SCM error: ", in_one_line(answer.output)));
  return *sha;
}

RepositoryPlace find_repository(const std::string& url, const std::string& base) {
  auto text = url;
  if (text.starts_with("~/") && std::getenv("HOME") != nullptr) text = cat(std::getenv("HOME"), text.substr(1));
  if (text.starts_with("file:///")) text = text.substr(7);
  if (path::is_url(text)) return {url, false};
  auto folder = path::normalize(path::join(base, text));
  if (const auto stat = real_disk().stat(folder); stat && stat->type == FileType::dir) {
    const bool has_files = git::Git::bare_around(folder).empty();
    return {std::move(folder), has_files};
  }
  // user@host:path is Git's short form.
  if (text.find(':') != text.npos && !path::is_absolute(text)) return {url, false};
  throw NoRepository(cat("SCM error: Failed to clone repo '", url, "': No git repository was found at ", folder));
}

std::string current_commit(const std::string& url, const std::string& base, const std::optional<std::string>& rev) {
  const auto place = find_repository(url, base);
  if (place.is_folder) {
    git::Git git(place.url);
    const auto sha = git.exists() ? git.resolve(rev.value_or("HEAD")) : std::nullopt;
    if (!sha) throw Error(git.exists() ? cat("unknown Git revision '", rev.value_or("HEAD"), "'") : cat("No git repository was found at ", place.url));
    return *sha;
  }
  const auto& source = place.url;
  if (rev && is_sha(*rev)) return *rev;
  // One question; the peeled form of an annotated tag is the commit.
  const auto name = rev.value_or("HEAD");
  const auto answer = run_git({"ls-remote", "--quiet", "--", source, name, cat(name, "^{}")}, "/");
  if (answer.code != 0) throw Error(cat("SCM error: '", without_password(url), "': ", replace_all(in_one_line(answer.output), url, without_password(url))));
  std::string found;
  for (const auto line : split(answer.output, '\n')) {
    const auto tab = line.find('\t');
    if (tab != kShaLength) continue;
    const auto reference = line.substr(tab + 1);
    if (found.empty() || reference.ends_with("^{}")) found = line.substr(0, tab);
  }
  if (!found.empty()) return found;
  RepositoryClone clone(source);  // a short SHA, or an expression: the repository itself must tell
  return clone.check_out(rev);
}

}  // namespace pivot::workspace
