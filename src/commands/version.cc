// `pivot version` (`doctor`): what to put into a bug report, in the form of DVC's.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "base/path.h"
#include "base/strings.h"
#include "commands/python_findings.h"
#include "commands/run_functions.h"
#include "commands/session.h"
#include "commands/version_text.h"
#include "workspace/config.h"
#include "workspace/root.h"

namespace pivot::commands {
namespace {

std::string platform() {
  utsname name = {};
  ::uname(&name);
  return cat(std::string_view(name.sysname), "-", std::string_view(name.release), "-", std::string_view(name.machine));
}

/// "ext4 on /dev/vda": the mount that a folder lies in.
std::string file_system(Disk& disk, const std::string& folder) {
  struct stat st = {};
  if (::stat(folder.c_str(), &st) != 0) return "unknown";
  const auto device = cat(std::to_string(major(st.st_dev)), ":", std::to_string(minor(st.st_dev)));
  const auto mounts = disk.read("/proc/self/mountinfo").value_or("");
  for (auto line : split(mounts, '\n')) {
    // "36 35 98:0 /root /mnt rw,noatime shared:1 - ext3 /dev/root rw": the third word names the device, the type
    // follows the dash.
    const auto words = split(line, ' ');
    const auto dash = line.find(" - ");
    if (words.size() < 3 || words[2] != device || dash == line.npos) continue;
    const auto tail = split(line.substr(dash + 3), ' ');
    if (tail.size() >= 2) return cat(tail[0], " on ", tail[1]);
  }
  return "unknown";
}

std::string remote_schemes(const workspace::Config& config) {
  std::vector<std::string> out;
  for (const auto& name : config.remotes()) {
    const auto url = config.remote(name).url;
    const auto at = url.find("://");
    out.push_back(at == url.npos ? "local" : url.substr(0, at));
  }
  return out.empty() ? "None" : join(out, ", ");
}

/// "dvc, git", "dvc (subdir), git" or "dvc (no_scm)".
std::string repository_kind(Disk& disk, const workspace::Config& config, const std::string& root) {
  if (config.get_bool("core", "no_scm", false)) return "dvc (no_scm)";
  return disk.stat(cat(root, "/.git")) ? "dvc, git" : "dvc (subdir), git";
}

}  // namespace

std::string version_line(std::string_view program) {
  if (program == "dvc") return std::string(kDvcVersion);
  return cat("pivot ", kVersion, " (DVC ", kDvcVersion, ")");
}

Outcome run_version(Session& session, const Args&) {
  using workspace::ConfigLevel;
  auto& disk = real_disk();
  const auto root = workspace::find_root_if_any(session.cwd());
  const auto config = workspace::Config::load(root, disk);
  const auto title = cat("DVC version: ", kDvcVersion, " (pivot ", kVersion, ")");
  auto& out = session.out();
  out.info(title);
  out.info(std::string(title.size(), '-'));
  out.info(cat("Platform: ", platform()));
  out.info("Config:");
  out.info(cat("\tGlobal: ", path::dirname(workspace::config_path(ConfigLevel::global, root))));
  out.info(cat("\tSystem: ", path::dirname(workspace::config_path(ConfigLevel::system, root))));
  if (!root) return {};
  out.info(cat("Cache types: ", config.get("cache", "type").value_or("reflink, copy")));
  if (disk.stat(config.cache_dir())) out.info(cat("Cache directory: ", file_system(disk, config.cache_dir())));
  out.info("Caches: local");
  out.info(cat("Remotes: ", remote_schemes(config)));
  out.info(cat("Workspace directory: ", file_system(disk, *root)));
  out.info(cat("Repo: ", repository_kind(disk, config, *root)));
  try {
    if (const auto findings = python_findings(session.workspace()); !findings.empty()) out.info(findings);
  } catch (const Error& e) {
    out.info(cat("Stages: can't be read: ", e.message()));
  }
  return {};
}

}  // namespace pivot::commands
