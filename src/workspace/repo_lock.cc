#include "workspace/repo_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"
#include "base/process.h"
#include "base/strings.h"
#include "text/json.h"

namespace pivot::workspace {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr useconds_t kPause = 10'000;  // microseconds between two tries

bool alive(std::int64_t pid) { return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM; }

/// Who holds the lock, as DVC writes it: over what is there, and cut off after it. (ext4 sends a file that was cut to nothing to the disk when
/// it is closed, which costs more than the lock itself.)
bool write_holder(int fd) {
  const auto text = cat(" ", std::to_string(getpid()), "\n");
  char there[32];
  const auto size = pread(fd, there, sizeof there, 0);
  if (size >= 0 && std::string_view(there, static_cast<std::size_t>(size)) == text) return true;
  const auto written = static_cast<ssize_t>(text.size());
  return pwrite(fd, text.data(), text.size(), 0) == written && (size <= written || ftruncate(fd, written) == 0);
}

bool conflict(const std::string& a, const std::string& b) { return path::is_inside(a, b) || path::is_inside(b, a); }

}  // namespace

bool FileLock::try_acquire() {
  if (held_) return true;
  if (fd_ < 0) {
    fd_ = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw_disk_error(errno, file_);
  }
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return false;
  if (!write_holder(fd_)) {
    const int error = errno;
    flock(fd_, LOCK_UN);
    throw_disk_error(error, file_);
  }
  held_ = true;
  return true;
}

void FileLock::release() {
  if (held_) flock(fd_, LOCK_UN);
  held_ = false;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

RepoLock::RepoLock(Disk& disk, std::string root, LockWait wait, std::string command, std::function<void(const std::string&)> on_wait)
    : disk_(disk), root_(std::move(root)), tmp_(cat(root_, "/.dvc/tmp")), wait_(wait), command_(std::move(command)),
      on_wait_(std::move(on_wait)), repo_(cat(tmp_, "/lock")) {}

RepoLock::~RepoLock() {
  if (claims_.empty() && !stale_) return;
  claims_.clear();
  std::string unused;
  try {
    update(nullptr, unused);
  } catch (const Error&) {
    // The entries name a process that is about to be dead: everybody removes such entries by himself.
  }
}

void RepoLock::wait_for(const std::function<bool()>& attempt, const std::function<std::string()>& failure, const std::string& what) {
  const auto start = monotonic_ns();
  bool told = false;
  while (!attempt()) {
    const auto waited = static_cast<double>(monotonic_ns() - start) / kSecond;
    if (!wait_.forever && waited >= wait_.seconds) throw Error(failure());
    if (!told && waited > 0.5 && on_wait_) {
      on_wait_(what);
      told = true;
    }
    if (InterruptGuard::received() != 0) throw Error("interrupted by the user", ErrorKind::interrupted);
    usleep(kPause);
  }
}

void RepoLock::acquire() {
  if (repo_.held()) return;
  disk_.make_dirs(tmp_);
  wait_for([&] { return repo_.try_acquire(); },
           [] {
             return std::string(
                 "Unable to acquire lock. Most likely another DVC process is running or was terminated abruptly. Check the page "
                 "<https://dvc.org/doc/user-guide/troubleshooting#lock-issue> for other possible reasons and to learn how to resolve this.");
           },
           "Waiting for another process that holds the repository's lock...");
}

void RepoLock::release() { repo_.release(); }

void RepoLock::begin_stage(const model::Stage& stage) {
  Claim claim;
  auto absolute = [&](const std::string& file) { return path::is_absolute(file) ? file : cat(root_, "/", file); };
  for (const auto& dep : stage.deps)
    if (!path::is_url(dep.file)) claim.reads.push_back(absolute(dep.file));
  for (const auto& param : stage.params) claim.reads.push_back(absolute(param.file));
  for (const auto& out : stage.outs)
    if (!path::is_url(out.file)) {
      claim.writes.push_back(absolute(out.file));
      claim.reads.push_back(absolute(out.file));
    }
  std::string blocker;
  // While we wait for another process's stage, that process must be able to take the repository's lock and finish.
  wait_for(
      [&] {
        if (update(&claim, blocker)) return true;
        repo_.release();
        return false;
      },
      [&] { return blocker; }, "Waiting for another process that works on the same files...");
  acquire();
  claims_[&stage] = std::move(claim);
}

void RepoLock::end_stage(const model::Stage& stage) {
  if (claims_.erase(&stage) == 0) return;
  std::string unused;
  try {
    update(nullptr, unused);
    stale_ = false;
  } catch (const DiskError&) {
    stale_ = true;  // the stage has ended all the same; the destructor tries again
  }
}

namespace {

/// The entries of others in one rwlock section, dead ones dropped.
struct Holder {
  std::int64_t pid = 0;
  std::string command;
};
using Section = std::vector<std::pair<std::string, std::vector<Holder>>>;

Section read_section(const Value& file, std::string_view name, int self) {
  Section out;
  const Value* section = file.is_map() ? file.as_map().find(name) : nullptr;
  if (section == nullptr || !section->is_map()) return out;
  for (const auto& [path_key, value] : section->as_map().items) {
    std::vector<Holder> holders;
    auto take = [&](const Value& v) {
      const auto* pid = v.is_map() ? v.as_map().find("pid") : nullptr;
      const auto* cmd = v.is_map() ? v.as_map().find("cmd") : nullptr;
      if (pid == nullptr || !pid->is_int() || pid->as_int() == self || !alive(pid->as_int())) return;
      holders.push_back({pid->as_int(), cmd != nullptr ? python_str(*cmd) : ""});
    };
    if (value.is_list()) {
      for (const auto& v : value.as_list()) take(v);
    } else {
      take(value);
    }
    if (!holders.empty()) out.emplace_back(path_key.as_string(), std::move(holders));
  }
  return out;
}

Value holder_value(const Holder& holder) {
  Map m;
  m.set("pid", holder.pid);
  m.set("cmd", holder.command);
  return m;
}

void add_holder(Section& section, const std::string& p, const Holder& holder) {
  for (auto& [known, holders] : section)
    if (known == p) {
      for (const auto& h : holders)
        if (h.pid == holder.pid) return;
      holders.push_back(holder);
      return;
    }
  section.emplace_back(p, std::vector{holder});
}

Value section_value(const Section& section, bool single) {
  Map out;
  for (const auto& [p, holders] : section) {
    List list;
    for (const auto& h : holders) list.push_back(holder_value(h));
    out.set(p, single ? list.front() : Value(list));
  }
  return out;
}

}  // namespace

/// Reads the file, drops our and dead entries, and, unless `wanted` is blocked, writes it with all our claims. False and the text for the
/// user when it is blocked.
bool RepoLock::update(const Claim* wanted, std::string& blocker) {
  disk_.make_dirs(tmp_);
  const auto file = cat(tmp_, "/rwlock");
  FileLock guard(cat(tmp_, "/rwlock.lock"));
  wait_for([&] { return guard.try_acquire(); }, [] { return std::string("Unable to acquire the lock of the RWLock-file."); },
           "Waiting for another process that holds .dvc/tmp/rwlock.lock...");
  const auto content = disk_.read(file).value_or("");
  Value parsed;
  if (!trim(content).empty()) {
    try {
      parsed = text::json::parse(content, file);
    } catch (const Error& e) {
      throw Error(cat("Unable to read RWLock-file '.dvc/tmp/rwlock'. JSON structure is corrupted: ", e.message()))
          .with_hint(cat("if no DVC or pivot process is running, remove '", file, "' and try again"));
    }
  }
  auto writes = read_section(parsed, "write", getpid()), reads = read_section(parsed, "read", getpid());
  auto blocked_by = [&](const Section& section, const std::vector<std::string>& paths) {
    for (const auto& [p, holders] : section)
      for (const auto& mine : paths)
        if (conflict(p, mine)) {
          blocker = cat("'", mine, "' is busy, it is being blocked by:\n");
          for (const auto& h : holders) blocker += cat("  (PID ", std::to_string(h.pid), "): ", h.command, "\n");
          blocker += cat("\nIf there are no processes with such PIDs, you can manually remove '", file, "' and try again.");
          return true;
        }
    return false;
  };
  if (wanted != nullptr && (blocked_by(writes, wanted->reads) || blocked_by(writes, wanted->writes) || blocked_by(reads, wanted->writes)))
    return false;
  const Holder me{getpid(), command_};
  auto enter = [&](const Claim& claim) {
    for (const auto& p : claim.writes) add_holder(writes, p, me);
    for (const auto& p : claim.reads) add_holder(reads, p, me);
  };
  for (const auto& [stage, claim] : claims_) enter(claim);
  if (wanted != nullptr) enter(*wanted);
  Map out;
  if (!writes.empty()) out.set("write", section_value(writes, true));
  if (!reads.empty()) out.set("read", section_value(reads, false));
  auto text = text::json::dump(out);
  if (content.empty()) {
    disk_.write(file, text);
    return true;
  }
  // Not cut off and written anew: ext4 sends such a file to the disk when it is closed, twice a stage. Blanks at the end are nothing to JSON,
  // so that it is whole at every moment.
  const auto size = text.size();
  text.resize(std::max(size, content.size()), ' ');
  disk_.write_at(file, 0, text);
  if (size < content.size() && ::truncate(file.c_str(), static_cast<off_t>(size)) != 0) throw_disk_error(errno, file);
  return true;
}

}  // namespace pivot::workspace
